using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>Whatever breaks is told to the user, and the next turn is answered as if nothing had happened.</summary>
public sealed class FaultTests
{
    private static VirtualTime Impatient => new(TimeSpan.FromMilliseconds(10));

    [Theory]
    [InlineData(3)]
    [InlineData(15)]
    public async Task A_recogniser_that_fails_once_hears_the_utterance_again(int failing)
    {
        await using var desk = new Desk().User("where were we").User("hello");
        var calls = 0;
        desk.Engines.BeforeRecognition = () => Fail(Interlocked.Increment(ref calls) == failing);

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Stage == "recognition" && e.Message.Contains("dictionary", StringComparison.Ordinal));
        Assert.Equal(["where were we", "hello"], desk.Of<ConversationEvents.UserTurnEnded>().Select(turn => turn.Text));
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task A_recogniser_that_goes_on_failing_loses_one_utterance()
    {
        await using var desk = new Desk { GiveUp = TimeSpan.FromSeconds(2) }.User("hello").User("not used");
        var calls = 0;
        desk.Engines.BeforeRecognition = () => Fail(Interlocked.Increment(ref calls) is 3 or 5);

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Stage == "recognition" && e.Message.Contains("dictionary", StringComparison.Ordinal));
        Assert.Single(desk.Of<ConversationEvents.NothingRecognised>());
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task A_reply_that_fails_is_apologised_for()
    {
        await using var desk = new Desk().User("fail").User("hello");
        desk.Engines.Answer = (request, _) => request.UserText == "fail"
            ? throw new EngineException("The endpoint refused the key; set CSM_KEY.")
            : FakeEngines.Say("You said hello.");

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e is { Stage: "reply", Message: "The endpoint refused the key; set CSM_KEY." });
        Assert.Contains(desk.Of<ConversationEvents.AgentTurnEnded>(), e => e.HeardText == "Sorry, I have no answer right now.");
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task A_voice_that_fails_in_the_middle_keeps_what_was_heard()
    {
        await using var desk = new Desk().User("fail").User("hello");
        desk.Engines.BeforeFrame = (frame, _) => frame == 6 ? throw new EngineException("Out of memory.") : Task.CompletedTask;

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Stage == "synthesis");
        Assert.Equal(5, desk.Of<ConversationEvents.AgentTurnEnded>().First().HeardFrames);
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task A_voice_that_stalls_is_opened_again_and_told_what_was_said()
    {
        // A stall is noticed in real time: while the voice hangs, a block of 10 ms may not take less than that.
        await using var desk = new Desk { Time = new VirtualTime(TimeSpan.FromMilliseconds(20)), GiveUp = TimeSpan.FromSeconds(30) }.User("hello").User("stall").User("again");
        desk.Options.ReplyTimeoutSeconds = 1;
        desk.Engines.BeforeFrame = (frame, _) => frame == 12 ? Task.Delay(Timeout.Infinite, CancellationToken.None) : Task.CompletedTask;

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Message.StartsWith("The voice got stuck", StringComparison.Ordinal));
        Answered(desk, "You said again.");
        Assert.Equal(2, desk.Engines.Asked.Count(asked => asked.StartsWith("open", StringComparison.Ordinal)));
        Assert.True(desk.Engines.Asked.Count(asked => asked == "append 0 'You said hello.' 8") == 1, string.Join('\n', desk.Engines.Asked));
        desk.Engines.SessionsOpen--; // the stuck one cannot be closed
    }

    [Fact]
    public async Task A_codec_that_fails_costs_only_the_sound_of_the_turn()
    {
        await using var desk = new Desk().User("hello");
        desk.Engines.BeforeEncoding = () => throw new EngineException("No such codebook.");

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Stage == "encoding");
        Assert.Contains("append 1 'hello' 0", desk.Engines.Asked);
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task Noise_without_words_is_not_answered()
    {
        await using var desk = new Desk { GiveUp = TimeSpan.FromSeconds(2) }.User("").User("hello");

        await desk.TalkAsync();

        Assert.Single(desk.Of<ConversationEvents.NothingRecognised>());
        Answered(desk, "You said hello.");
    }

    [Theory]
    [InlineData("... !!! ---")]
    [InlineData("🎉🎉 🙂")]
    [InlineData("")]
    [InlineData("```\nint x = 0;\n```")]
    public async Task A_reply_with_nothing_to_speak_is_told(string reply)
    {
        await using var desk = new Desk { GiveUp = TimeSpan.FromSeconds(2) }.User("nothing").User("hello");
        desk.Engines.Answer = (request, _) => FakeEngines.Say(request.UserText == "nothing" ? reply : "You said hello.");

        await desk.TalkAsync();

        Assert.True(desk.Of<ConversationEvents.Trouble>().Any(e => e.Message == "The reply had nothing in it that can be spoken."), desk.Story());
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task A_reply_of_ten_thousand_characters_is_spoken_to_the_limit_and_can_be_interrupted()
    {
        await using var desk = new Desk().User("everything").Interrupts("stop stop stop stop", seconds: 1.5, after: 3);
        desk.Options.MaximumReplyCharacters = 5000;
        desk.Engines.CharactersPerFrame = 40;
        desk.Engines.Answer = (request, _) => FakeEngines.Say(
            request.UserText == "everything" ? string.Concat(Enumerable.Repeat("And then it went on. ", 500)) : "I stop.");

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Message.StartsWith("The reply was longer than 5000", StringComparison.Ordinal));
        Assert.True(desk.Of<ConversationEvents.AgentTurnEnded>().First().WasInterrupted);
        Answered(desk, "I stop.");
    }

    [Fact]
    public async Task A_reply_that_never_starts_is_given_up_and_apologised_for()
    {
        await using var desk = new Desk { Time = Impatient }.User("hang").User("hello");
        desk.Options.ReplyTimeoutSeconds = 1;
        desk.Engines.Answer = (request, cut) => request.UserText == "hang" ? Hang(null, cut) : FakeEngines.Say("You said hello.");

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Message.StartsWith("The reply did not get on for 1 s", StringComparison.Ordinal));
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task A_reply_that_never_ends_is_given_up_after_what_was_said()
    {
        await using var desk = new Desk { Time = Impatient }.User("hang").User("hello");
        desk.Options.ReplyTimeoutSeconds = 1;
        desk.Engines.Answer = (request, cut) => request.UserText == "hang" ? Hang("Let me see. Well", cut) : FakeEngines.Say("You said hello.");

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.AgentTurnEnded>(), e => e.HeardText == "Let me see.");
        Answered(desk, "You said hello.");
    }

    [Fact]
    public async Task A_user_who_never_stops_is_stopped_and_answered()
    {
        await using var desk = new Desk().User("i could talk about this for hours", seconds: 8);
        desk.Options.Endpointing.MaximumTurnSeconds = 5;

        await desk.TalkAsync();

        Assert.True(desk.Of<ConversationEvents.ReplyText>().Any(e => e.Piece.StartsWith("Let me stop you there", StringComparison.Ordinal)), desk.Story());
        Answered(desk, "Let me stop you there for a moment. You said i could talk about this for hours.");
    }

    [Fact]
    public async Task A_device_that_is_lost_comes_back_and_the_conversation_goes_on()
    {
        await using var desk = new Desk();
        var opened = 0;
        desk.OpenDevice = () => Interlocked.Increment(ref opened) switch
        {
            1 => new VirtualDevice("first", new Unplugged(), DevicePace.Virtual(desk.Time!.WaitAsync)),
            2 => throw new AudioDeviceException("Still unplugged."),
            _ => desk.User("hello").Device(),
        };

        await desk.TalkAsync();

        Assert.Contains("unplugged", Assert.Single(desk.Of<ConversationEvents.DeviceLost>()).Reason, StringComparison.Ordinal);
        Assert.Equal("desk", Assert.Single(desk.Of<ConversationEvents.DeviceBack>()).Device);
        Answered(desk, "You said hello.");
        Assert.True(desk.Events.Zip(desk.Events.Skip(1)).All(pair => pair.Second.AtSample >= pair.First.AtSample - 240), "the clock went back");
    }

    [Fact]
    public async Task A_conversation_without_a_device_says_so_at_once()
    {
        await using var desk = new Desk { OpenDevice = () => throw new AudioDeviceException("No device 'x'. Plug one in.") };

        var refused = await Assert.ThrowsAsync<AudioDeviceException>(desk.TalkAsync);

        Assert.Equal("No device 'x'. Plug one in.", refused.Message);
    }

    private static void Fail(bool now)
    {
        if (now)
        {
            throw new EngineException("The dictionary is gone.");
        }
    }

    private static void Answered(Desk desk, string reply)
    {
        var last = desk.Of<ConversationEvents.AgentTurnEnded>().LastOrDefault();
        Assert.True(last is { WasInterrupted: false } && last.HeardText == reply, $"Not answered with '{reply}':\n{desk.Story()}");
    }

    private static async IAsyncEnumerable<string> Hang(string? first, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cut)
    {
        if (first is not null)
        {
            yield return first;
        }

        await Task.Delay(Timeout.Infinite, cut);
    }

    private sealed class Unplugged : ITalker
    {
        private int _samples;

        public bool HasVoice => true;

        public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
        {
            _samples += block.Length;
            block.Fill(_samples > 12_000 ? 0.3f : 0);
            return _samples < 30_000 ? true : throw new AudioDeviceException("The device was unplugged.");
        }
    }
}
