using CsmAgent.Conversation.Context;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Tests.Context;

public sealed class ReplyLedgerTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")] // "On"
    [InlineData(2, "One")] // "One "
    [InlineData(3, "One")] // "One tw"
    [InlineData(4, "One two.")]
    [InlineData(5, "One two.")] // and "Th"
    [InlineData(9, "One two. Three four")]
    [InlineData(10, "One two. Three four.")]
    [InlineData(99, "One two. Three four.")]
    public void Heard_text_ends_at_the_last_whole_word(int frames, string heard)
    {
        var ledger = new ReplyLedger();
        Add(ledger, 0, "One two.");
        Add(ledger, 1, "Three four.");

        Assert.Equal(heard, ledger.HeardText(frames));
    }

    [Fact]
    public void A_clause_that_is_over_is_whole_whatever_the_alignment_says()
    {
        var ledger = new ReplyLedger();
        ledger.Add(0, "One two.", 3, default);
        ledger.Add(1, "Three.", 0, default);

        Assert.Equal("One two.", ledger.HeardText(1));
    }

    [Fact]
    public void Heard_text_only_grows_and_is_always_the_beginning_of_the_reply()
    {
        var random = new Random(5);
        for (var round = 0; round < 500; round++)
        {
            var ledger = new ReplyLedger();
            var clauses = Enumerable.Range(0, random.Next(1, 4)).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 6)).Select(_ => new string('w', random.Next(1, 9))))).ToArray();
            for (var clause = 0; clause < clauses.Length; clause++)
            {
                var spoken = 0;
                for (var frame = random.Next(1, 9); frame >= 0; frame--)
                {
                    spoken = frame == 0 ? clauses[clause].Length : Math.Min(clauses[clause].Length, spoken + random.Next(0, 5));
                    ledger.Add(clause, clauses[clause], spoken, new CodeFrame(new[] { ledger.Frames }));
                }
            }

            var whole = string.Join(' ', clauses);
            var before = "";
            for (var frames = 0; frames <= ledger.Frames; frames++)
            {
                var heard = ledger.HeardText(frames);
                Assert.StartsWith(heard, whole, StringComparison.Ordinal);
                Assert.True(heard.Length >= before.Length);
                Assert.True(heard.Length == whole.Length || whole[heard.Length] == ' ' || heard.Length == 0);
                Assert.Equal(frames, ledger.Codes(frames).Count);
                before = heard;
            }

            Assert.Equal(whole, before);
        }
    }

    private static void Add(ReplyLedger ledger, int clause, string text)
    {
        for (var spoken = 2; spoken < text.Length + 2; spoken += 2)
        {
            ledger.Add(clause, text, spoken, default);
        }
    }
}
