using CsmAgent.Conversation.Reply;
using FsCheck.Xunit;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class SpeechTextTests
{
    [Theory]
    [InlineData("It is 3:05 pm.", "It is three oh five p m.")]
    [InlineData("Meet at 14:30 or 12:00.", "Meet at fourteen thirty or twelve o'clock.")]
    [InlineData("From 9am to 5 p.m.", "From nine a m to five p m")]
    [InlineData("Today is 2026-11-23.", "Today is November twenty-third, twenty twenty-six.")]
    [InlineData("Born on Nov. 3rd, 1905.", "Born on November third, nineteen oh five.")]
    [InlineData("23 November 2026", "November twenty-third, twenty twenty-six")]
    [InlineData("In 2005 we had 2005 apples.", "In two thousand five we had two thousand five apples.")]
    [InlineData("It was 1999 in 1999.", "It was one thousand nine hundred ninety-nine in nineteen ninety-nine.")]
    [InlineData("$5.50, £1.01 and €3 million", "five dollars and fifty cents, one pound and one penny and three million euros")]
    [InlineData("20°C, -5 °F, 1 km, 12 kg, 60 mph", "twenty degrees Celsius, minus five degrees Fahrenheit, one kilometer, twelve kilograms, sixty miles per hour")]
    [InlineData("50% of 1,234,567", "fifty percent of one million two hundred thirty-four thousand five hundred sixty-seven")]
    [InlineData("pi is 3.14", "pi is three point one four")]
    [InlineData("the 21st and 2nd of 112", "the twenty-first and second of one hundred twelve")]
    [InlineData("1/2 cup, 2 3/4 cups, pages 5-10", "one half cup, two and three quarters cups, pages five to ten")]
    [InlineData("Call 555-1234.", "Call five five five, one two three four.")]
    [InlineData("Dr. Smith vs. Mrs. Jones, e.g. here", "Doctor Smith versus Missus Jones, for example here")]
    [InlineData("See https://www.example.com/docs-a?x=1.", "See example dot com slash docs dash a.")]
    [InlineData("Mail me@site.org!", "Mail me at site dot org!")]
    [InlineData("The USB API and NASA", "The U S B A P I and NASA")]
    [InlineData("# Title\n- **one** item\n- `two`", "Title. one item. two")]
    [InlineData("See [the docs](https://x.y/z) 😀👍🏽!", "See the docs!")]
    [InlineData("Before ```int x = 1;``` after", "Before after")]
    [InlineData("café naïve Zürich", "cafe naive Zurich")]
    [InlineData("She said привет мир to me", "She said words in Cyrillic script to me")]
    [InlineData("你好", "words in Chinese script")]
    [InlineData("2 + 2 = 4", "two plus two equals four")]
    [InlineData("wait... what?!", "wait. what?")]
    [InlineData("007 and 12345678901234567890", "zero zero seven and one two three four five six seven eight nine zero one two three four five six seven eight nine zero")]
    [InlineData("", "")]
    [InlineData("  ...  ", "")]
    [InlineData("😀", "")]
    public void Written_text_becomes_words(string written, string spoken) => Assert.Equal(spoken, SpeechText.ToWords(written));

    [Property(MaxTest = 2000)]
    public void Any_text_becomes_plain_words(string? text)
    {
        var spoken = SpeechText.ToWords(text ?? string.Empty);

        Assert.All(spoken, letter => Assert.True(char.IsAsciiLetter(letter) || " .,;:!?'-".Contains(letter, StringComparison.Ordinal), spoken));
        Assert.DoesNotContain("  ", spoken, StringComparison.Ordinal);
    }

    [Fact]
    public void Speaking_words_again_changes_nothing()
    {
        const string Words = "Today is November twenty-third, and it is three oh five p m. Isn't that nice?";

        Assert.Equal(Words, SpeechText.ToWords(Words));
    }

    [Fact]
    public void Ten_thousand_characters_keep_their_words()
    {
        var text = string.Concat(Enumerable.Repeat("The 3 cats sat. ", 625));

        Assert.Equal(625, SpeechText.ToWords(text).Split("three").Length - 1);
    }
}
