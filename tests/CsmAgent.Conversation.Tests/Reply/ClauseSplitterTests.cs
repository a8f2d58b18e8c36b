using CsmAgent.Conversation.Reply;
using FsCheck.Xunit;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class ClauseSplitterTests
{
    [Fact]
    public void The_first_clause_comes_at_the_first_natural_break()
    {
        var splitter = new ClauseSplitter();

        Assert.Equal(["Well, let me see,"], splitter.Add("Well, let me see, the train"));
        Assert.Empty(splitter.Add(" leaves at noon, or"));
        Assert.Equal(["the train leaves at noon, or one."], splitter.Add(" one. And"));
        Assert.Equal(["And"], splitter.Finish());
    }

    [Theory]
    [InlineData("Dr. Smith is here. He waits.", "Dr. Smith is here.|He waits.")]
    [InlineData("It costs 3.50 today. Fine.", "It costs 3.50 today.|Fine.")]
    [InlineData("At 5 p.m. tomorrow. See you.", "At 5 p.m. tomorrow.|See you.")]
    [InlineData("We close at 5 p.m. Tomorrow too.", "We close at 5 p.m.|Tomorrow too.")]
    [InlineData("Really?! \"Yes.\" Good.", "Really?!|\"Yes.\"|Good.")]
    [InlineData("1. First point\n2. Second point\n", "1. First point|2. Second point")]
    [InlineData("Look: ```var x = 1. Hi. ``` That is all.", "Look:|That is all.")]
    [InlineData("J. K. Rowling wrote it. Yes.", "J. K. Rowling wrote it.|Yes.")]
    [InlineData("   ", "")]
    [InlineData("... !", "")]
    public void Clauses_end_where_speech_pauses(string text, string clauses)
    {
        var expected = clauses.Split('|', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(expected, Split(text, text.Length));
        Assert.Equal(expected, Split(text, 1));
    }

    [Property(MaxTest = 1000)]
    public void Pieces_of_any_size_give_the_same_clauses(string? text, byte size)
    {
        text = (text ?? string.Empty).Replace("\0", string.Empty, StringComparison.Ordinal);

        Assert.Equal(string.Concat(Split(text, text.Length).SelectMany(Letters)), string.Concat(Split(text, size % 7 + 1).SelectMany(Letters)));
    }

    [Fact]
    public void A_text_without_any_break_is_cut_at_the_limit()
    {
        var clauses = Split(new string('x', 10_000), 100);

        Assert.Equal(10_000, clauses.Sum(clause => clause.Length));
        Assert.All(clauses, clause => Assert.InRange(clause.Length, 1, 221));
    }

    [Fact]
    public void A_long_sentence_is_cut_at_spaces_and_loses_nothing()
    {
        var text = string.Join(' ', Enumerable.Range(0, 2000).Select(i => $"w{i}"));

        Assert.Equal(text, string.Join(' ', Split(text, 3)));
    }

    private static IEnumerable<char> Letters(string clause) => clause.Where(char.IsLetterOrDigit);

    private static List<string> Split(string text, int size)
    {
        var splitter = new ClauseSplitter();
        List<string> clauses = [];
        for (var i = 0; i < text.Length; i += Math.Max(1, size))
        {
            clauses.AddRange(splitter.Add(text.Substring(i, Math.Min(Math.Max(1, size), text.Length - i))));
        }

        clauses.AddRange(splitter.Finish());
        return clauses;
    }
}
