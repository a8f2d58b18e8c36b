using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Models.Tokenizers;

namespace CsmAgent.Engines.Tests.Speaking;

public sealed class CsmVoiceChangeTests
{
    [Fact]
    public void Changing_the_voice_between_turns_runs_no_row_that_the_same_voice_would_not()
    {
        var session = new CountingSession(null);
        using var context = new CsmContext(session, new ByteTokenizer());
        var frame = new int[context.Config.CodebookCount];
        context.Append(new ContextSegment(0, "The first voice.", null));
        context.Append(new ContextSegment(1, "The second voice.", null));

        // Anna, Anna, Ben, Ben, …: every other turn changes the voice. Each is taken back, so that the context is the same for all.
        List<int> rows = [];
        for (var turn = 1; turn <= 6; turn++)
        {
            var before = session.RowsRun;
            context.Begin(new ContextSegment(turn / 2 % 2, "It is ten.", turn), 10);
            context.AddFrame(frame);
            context.Keep(turn, 0, string.Empty);
            rows.Add(session.RowsRun - before);
        }

        // Begin, "[0]", the text, its end; a frame; the end of the audio.
        Assert.All(rows, run => Assert.Equal(1 + 3 + 10 + 1 + 1 + 1, run));
    }
}
