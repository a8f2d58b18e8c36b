using CsmAgent.Cli.Screens;

namespace CsmAgent.Cli.Tests.Screens;

public sealed class LineScreenTests
{
    [Fact]
    public async Task A_conversation_reads_as_a_transcript_with_times_and_delays()
    {
        var shell = new TestShell();

        await new LineScreen(shell.Shell).FollowAsync(Scene.Stream(), CancellationToken.None);

        Assert.Equal(
            """
            device      recorded turns
            recogniser  PocketSphinx
            replies     desk assistant (offline)
            voice       bootstrap voice (flite slt)
            00:00.0  -      bootstrap voice (flite slt) is a stand-in: it does not hear the conversation.
            00:01.0  you    tell me a short story
            00:02.5  agent  Once upon a [interrupted]
                            end of turn 350 > text 370 > first token 375 > first frame 430 > first sound 450; mouth to ear 500 ms
            00:03.1  !      The disk is full. [recording]
            00:03.3  -      stopped
            """,
            shell.Picture);
    }
}
