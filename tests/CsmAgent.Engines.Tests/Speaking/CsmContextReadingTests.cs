using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Models.Llama;
using CsmAgent.Models.Tokenizers;

namespace CsmAgent.Engines.Tests.Speaking;

public sealed class CsmContextReadingTests
{
    [Fact]
    public void A_row_that_is_read_is_a_character_of_the_text_behind_begin_and_tag()
    {
        var session = new CountingSession(new AttentionHead(1, 0));
        using var context = new CsmContext(session, new ByteTokenizer());
        context.Append(new ContextSegment(1, "Before.", null));
        var segment = new ContextSegment(0, "Héllo you", 1);
        context.Begin(segment, 10);

        // Begin and "[0]" come first; é has two bytes, and half of it is a character already; the last row ends the text.
        foreach (var (row, character) in new[] { (0, 0), (3, 0), (4, 0), (5, 1), (6, 2), (7, 2), (8, 3), (10, 5), (13, 8), (14, 9) })
        {
            session.Row = segment.Start + row;
            Assert.Equal(character, context.Reading());
        }

        Assert.Equal((segment.Start, segment.Start + 14), session.Asked);
    }

    [Fact]
    public void A_model_without_a_head_is_not_asked()
    {
        var session = new CountingSession(null) { Row = 3 };
        using var context = new CsmContext(session, new ByteTokenizer());
        context.Begin(new ContextSegment(0, "Hello", 1), 10);

        Assert.Null(context.Reading());
        Assert.Null(session.Asked);
    }
}
