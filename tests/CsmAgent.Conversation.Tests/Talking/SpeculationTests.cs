using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Reply.Desk;
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
        Assert.Equal(
            ["append 1 'tell me a story' 15", "append 1 'about a robot' 15", $"speak {kept.Generation} 'You said tell me a story about a robot.'"],
            desk.Engines.Contexts[^1]);
        Assert.Contains($"speak {wasted.Generation} 'You said tell me a story.'", desk.Engines.Asked);
        Assert.Equal("You said tell me a story about a robot.", Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>()).HeardText);
        Assert.DoesNotContain(desk.Of<ConversationEvents.AgentSpeechStarted>(), e => e.Generation == wasted.Generation);
    }

    [Fact]
    public async Task The_desk_assistants_first_words_are_ready_when_the_turn_ends()
    {
        await using var desk = Speculating().User("what time is it");
        desk.Engines.Mind = new DeskAssistant(new DeskMemories(desk.Time!.Clock));

        await desk.TalkAsync();

        Assert.True(Assert.Single(desk.Of<ConversationEvents.SpeculationEnded>()) is { WasKept: true, Frames: 2 }, desk.Story());
    }

    [Fact]
    public async Task A_reply_that_is_whole_before_the_turn_is_over_waits_for_it()
    {
        await using var desk = Speculating().User("hello").User("and now");
        desk.Options.FramesAhead = 8;
        desk.Engines.Answer = (request, _) => FakeEngines.Say(request.UserText == "hello" ? "Hi." : "Now what.");

        await desk.TalkAsync();

        Assert.All(desk.Of<ConversationEvents.SpeculationEnded>(), early => Assert.True(early.WasKept));
        Assert.Equal(["Hi.", "Now what."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
        Assert.Equal(["append 1 'hello' 15", "speak 1 'Hi.'", "append 1 'and now' 16", "speak 2 'Now what.'"], desk.Engines.Contexts[^1]);
    }

    [Fact]
    public async Task A_reply_that_was_begun_early_and_is_interrupted_is_rolled_back_where_it_is_spoken()
    {
        await using var desk = Speculating().User("tell me a story").Interrupts("stop it now please", seconds: 1.2, after: 1);
        desk.Engines.Answer = (request, _) => FakeEngines.Say(
            request.UserText == "tell me a story" ? "Once upon a time there was a small robot who swept the floor of a station." : "All right.");

        await desk.TalkAsync();

        var cut = desk.Of<ConversationEvents.AgentTurnEnded>().First();
        Assert.True(cut.WasInterrupted, desk.Story());
        Assert.Contains($"rollback {cut.Generation} {cut.HeardFrames} '{cut.HeardText}'", desk.Engines.Contexts[^1]);
        Assert.Equal(desk.Engines.Contexts[^1], desk.Engines.Contexts[^1].Distinct());
    }

    [Fact]
    public async Task A_voice_that_cannot_be_forked_is_told_and_apologised_for()
    {
        await using var desk = Speculating().User("hello").User("again");
        var forks = 0;
        desk.Engines.BeforeFork = () => Interlocked.Increment(ref forks) == 1 ? throw new EngineException("No memory for a fork.") : Task.CompletedTask;

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), trouble => trouble is { Stage: "synthesis", Message: "The voice failed: No memory for a fork." });
        Assert.True(desk.Of<ConversationEvents.AgentTurnEnded>().Last().HeardText == "You said again.", desk.Story());
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
