using CsmAgent.Engines.Speaking.Csm;

namespace CsmAgent.Engines.Tests.Speaking;

public sealed class SpeechAlignmentTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(4, "")] // the o of Hello
    [InlineData(5, "Hello,")] // its comma
    [InlineData(6, "Hello,")]
    [InlineData(9, "Hello,")] // within "dear"
    [InlineData(11, "Hello, dear")]
    [InlineData(14, "Hello, dear")]
    [InlineData(15, "Hello, dear you.")] // the stop
    public void Words_before_the_one_that_is_read_were_spoken(int reading, string spoken)
    {
        const string Text = "Hello, dear you.";

        Assert.Equal(spoken, Text[..SpeechAlignment.CharactersBefore(Text, reading)]);
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("...", 0, 3)]
    [InlineData("a", 0, 0)]
    [InlineData("a", 1, 1)]
    public void Texts_of_one_word_or_none_have_their_ends(string text, int reading, int spoken) =>
        Assert.Equal(spoken, SpeechAlignment.CharactersBefore(text, reading));
}
