using CsmAgent.Conversation.Reply;
using FsCheck.Xunit;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class NumberWordsTests
{
    [Property(MaxTest = 500)]
    public void A_spelled_number_is_read_back(uint value)
    {
        var words = NumberWords.Cardinal(value).Split(' ');

        Assert.Equal((value, words.Length), NumberWords.Read(words, 0));
    }

    [Theory]
    [InlineData("two hundred and five apples", 205, 4)]
    [InlineData("a thousand", 1000, 2)]
    [InlineData("a dozen eggs", 12, 2)]
    [InlineData("three point one four", 3.14, 4)]
    [InlineData("twenty three plus", 23, 2)]
    [InlineData("twelve seventeen", 12, 1)]
    [InlineData("42 dogs", 42, 1)]
    [InlineData("and five", 0, 0)]
    [InlineData("a dog", 0, 0)]
    public void Spoken_numbers_are_read(string text, double value, int count)
    {
        var (read, words) = NumberWords.Read(text.Split(' '), 0);

        Assert.Equal(value, read, 9);
        Assert.Equal(count, words);
    }
}
