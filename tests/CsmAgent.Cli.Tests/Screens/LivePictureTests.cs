using CsmAgent.Cli.Screens;

namespace CsmAgent.Cli.Tests.Screens;

public sealed class LivePictureTests
{
    [Fact]
    public void While_the_user_speaks_the_partial_caption_and_meter_show() =>
        Assert.Equal(
            """
            ── you speak  00:02 ────────────────────────────────────────────────────────────
            you     ██████████████▍    -6 dB   agent                    silent
            you     tell me a [short] story …
            agent
            last answer   none yet
            m mute · s stop the agent · f forget me · q end
            """,
            Draw(events: 5));

    [Fact]
    public void While_the_agent_speaks_the_whole_reply_and_the_delays_show() =>
        Assert.Equal(
            """
            ── agent speaks  00:03 ─────────────────────────────────────────────────────────
            you                       -60 dB   agent  ████████████▊     -12 dB
            you
            agent   Once upon a time there was a lamp.
            last answer   ━━━━━━━━━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ 500 ms mouth to ear
                          end of turn 350 · text 370 · token 375 · frame 430 · sound 450
            m mute · s stop the agent · f forget me · q end
            """,
            Draw(events: 13));

    [Theory]
    [InlineData(0f, "        ", "silent")]
    [InlineData(1f, "████████", "0 dB")]
    [InlineData(7f, "████████", "0 dB")]
    [InlineData(0.0316f, "████    ", "-30 dB")]
    [InlineData(float.NaN, "        ", "silent")]
    public void A_meter_spans_sixty_decibels(float peak, string bar, string words)
    {
        Assert.Equal(bar, LevelMeter.Bar(peak, 8));
        Assert.Equal(words, LevelMeter.Words(peak));
    }

    private static string Draw(int events)
    {
        var shell = new TestShell();
        var view = new ConversationView();
        foreach (var happened in Scene.QuestionAndInterruptedAnswer.Take(events))
        {
            view.Apply(happened);
        }

        shell.Shell.Out.Write(LivePicture.Draw(view));
        return shell.Picture;
    }
}
