using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

public sealed class BargeInTests
{
    private const string Story = "Once upon a time there was a very small robot who liked tea and toast and a walk in the rain.";

    [Fact]
    public async Task An_interruption_stops_the_agent_and_only_what_was_heard_is_remembered()
    {
        await using var desk = Interrupted("no that is not what i meant", seconds: 1.5);

        await desk.TalkAsync();

        var cut = desk.Of<ConversationEvents.AgentTurnEnded>().First();
        Assert.True(cut.WasInterrupted, desk.Story());
        Assert.InRange(cut.HeardFrames, 12, 16);
        Assert.StartsWith(cut.HeardText, Story, StringComparison.Ordinal);
        Assert.Equal(' ', Story[cut.HeardText.Length]);
        Assert.InRange(cut.HeardText.Length, (2 * cut.HeardFrames) - 6, 2 * cut.HeardFrames);
        Assert.Contains($"rollback 1 {cut.HeardFrames} '{cut.HeardText}'", desk.Engines.Asked);
        Assert.Equal(2, desk.Of<ConversationEvents.UserTurnEnded>().Last().Turn);
    }

    [Fact]
    public async Task The_agent_is_silent_within_two_hundred_milliseconds_of_decided_speech()
    {
        await using var desk = Interrupted("stop", seconds: 1.5);

        await desk.TalkAsync();

        var onset = desk.Of<ConversationEvents.AgentDucked>().Single();
        var ended = desk.Of<ConversationEvents.AgentTurnEnded>().First();
        Assert.InRange(ended.LastPlayedSample!.Value - onset.AtSample, 0, AudioFormat.SampleRateHz / 5);
    }

    [Fact]
    public async Task A_stop_word_cuts_at_once_and_a_plain_word_only_after_a_while()
    {
        await using var stop = Interrupted("stop it now please", seconds: 1.5);
        await using var plain = Interrupted("bananas", seconds: 1.5);

        await stop.TalkAsync();
        await plain.TalkAsync();

        Assert.True(Decision(stop) < Decision(plain), $"{Decision(stop)} against {Decision(plain)}");

        static long Decision(Desk desk) =>
            desk.Of<ConversationEvents.PhaseChanged>().First(e => e.Transition.StartsWith("interrupted", StringComparison.Ordinal)).AtSample
            - desk.Of<ConversationEvents.AgentDucked>().First().AtSample;
    }

    [Theory]
    [InlineData("mhm", 0.5)]
    [InlineData("yeah right", 0.6)]
    [InlineData("", 0.5)]
    [InlineData("", 0.1)]
    public async Task A_backchannel_or_a_cough_loses_no_sample(string words, double seconds)
    {
        await using var desk = Interrupted(words, seconds);

        await desk.TalkAsync();

        var ended = Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
        Assert.False(ended.WasInterrupted, desk.Story());
        Assert.Equal(Story, ended.HeardText);
        Assert.Equal(ended.GeneratedFrames, ended.HeardFrames);
        Assert.Single(desk.Of<ConversationEvents.AgentResumed>());
        Assert.Single(desk.Of<ConversationEvents.UserTurnEnded>());
        Assert.DoesNotContain(desk.Engines.Asked, asked => asked.StartsWith("rollback", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Somebody_who_goes_on_before_the_first_sound_gets_one_answer_to_all_they_said()
    {
        var thinking = new TaskCompletionSource();
        await using var desk = new Desk { Time = new VirtualTime(TimeSpan.FromMilliseconds(15)) }
            .User("tell me a story").Then("about a robot", seconds: 1, after: 0.7);
        desk.Engines.Answer = (request, _) => FakeEngines.Say($"Here is {request.UserText}.");
        var replies = 0;
        desk.Engines.BeforeFrame = (_, cut) => Interlocked.Increment(ref replies) == 1 ? Task.Delay(Timeout.Infinite, cut) : Task.CompletedTask;

        await desk.TalkAsync();

        var ended = Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
        Assert.True(ended.HeardText == "Here is tell me a story about a robot.", desk.Story());
        Assert.Equal(1, ended.Turn);
        Assert.Contains("rollback 1 0 ''", desk.Engines.Asked);
    }

    [Fact]
    public async Task Switched_off_the_agent_speaks_on()
    {
        await using var desk = Interrupted("stop", seconds: 1);
        desk.Options.BargeIn.Enabled = false;

        await desk.TalkAsync();

        Assert.Equal(Story, desk.Of<ConversationEvents.AgentTurnEnded>().First().HeardText);
    }

    private static Desk Interrupted(string words, double seconds)
    {
        var desk = new Desk().User("tell me a story").Interrupts(words, seconds, after: 1);
        desk.Engines.Answer = (request, _) => request.UserText == "tell me a story" ? FakeEngines.Say(Story) : FakeEngines.Say("All right.");
        return desk;
    }
}
