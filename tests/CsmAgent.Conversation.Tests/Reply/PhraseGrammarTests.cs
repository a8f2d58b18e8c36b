using CsmAgent.Conversation.Reply;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class PhraseGrammarTests
{
    [Fact]
    public void Patterns_produce_every_choice_and_nothing_else()
    {
        var grammar = PhraseGrammar.Parse("<who> = me | him\n3 * [please] call <who>\n# nothing\nstop");

        var sentences = grammar.Sample(400, 1).Select(words => string.Join(' ', words)).ToHashSet();

        Assert.Equal(["call him", "call me", "please call him", "please call me", "stop"], sentences.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("call (me", "Line 1: ')' is missing")]
    [InlineData("call me]", "Line 1: ']' closes nothing")]
    [InlineData("\ncall <nobody>", "Line 2: <nobody> is not defined")]
    public void A_malformed_line_is_named(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<FormatException>(() => PhraseGrammar.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_desk_phrases_produce_requests() =>
        Assert.All(DeskPhrases.Grammar.Sample(2000, 3), words => Assert.NotEmpty(words));
}
