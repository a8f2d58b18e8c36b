using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

public sealed class SpeculationTests
{
    [Fact]
    public async Task A_reply_begun_early_is_ready_when_the_turn_ends_and_sounds_only_then()
    {
        await using var desk = Speculating().User("what time is it");

        await desk.TalkAsync();

        var early = Assert.Single(desk.Of<ConversationEvents.SpeculationEnded>());
        Assert.True(early is { WasKept: true, Frames: 2 }, desk.Story());
        var latency = Assert.Single(desk.Of<ConversationEvents.TurnLatency>());
        Assert.True(latency.FirstFrame < latency.EndOfTurn && latency.EndOfTurn <= latency.FirstSound, latency.ToString());
        Assert.InRange(latency.FirstSound!.Value - latency.EndOfTurn!.Value, 0, AudioFormat.SampleRateHz / 50);
    }

    [Fact]
    public async Task A_reply_begun_too_early_is_thrown_away_without_a_trace()
    {
        await using var desk = Speculating().User("tell me a story").Then("about a robot", seconds: 1, after: 0.28);

        await desk.TalkAsync();

        var (wasted, kept) = (desk.Of<ConversationEvents.SpeculationEnded>().First(), desk.Of<ConversationEvents.SpeculationEnded>().Last());
        Assert.True(wasted is { WasKept: false, Frames: 2 } && kept.WasKept, desk.Story());
        Assert.Contains($"rollback {wasted.Generation} 0 ''", desk.Engines.Asked);
        Assert.Equal("You said tell me a story about a robot.", Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>()).HeardText);
        Assert.DoesNotContain(desk.Of<ConversationEvents.AgentSpeechStarted>(), e => e.Generation == wasted.Generation);
    }

    [Fact]
    public async Task A_reply_acts_on_the_world_only_when_the_turn_is_over()
    {
        var acted = 0;
        await using var desk = Speculating().User("set a timer").Then("for five minutes", seconds: 1, after: 0.28);
        desk.Engines.Answer = (request, cut) => Act(request);

        await desk.TalkAsync();

        Assert.Equal(1, acted);

        async IAsyncEnumerable<string> Act(ReplyRequest request)
        {
            yield return "Very well. ";
            await request.Authorised;
            Interlocked.Increment(ref acted);
            yield return "Done.";
        }
    }

    [Fact]
    public async Task A_generator_that_cannot_wait_is_asked_only_when_the_turn_is_over()
    {
        await using var desk = new Desk().User("tell me a story").Then("about a robot", seconds: 1, after: 0.28);

        await desk.TalkAsync();

        Assert.Empty(desk.Of<ConversationEvents.SpeculationEnded>());
        Assert.Single(desk.Engines.Asked, asked => asked.StartsWith("speak", StringComparison.Ordinal));
    }

    private static Desk Speculating() => new() { Engines = { CanSpeculate = true }, Time = new VirtualTime(TimeSpan.FromMilliseconds(200)) };
}
