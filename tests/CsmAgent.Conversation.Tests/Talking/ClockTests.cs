using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>The sound card is the clock of everything; sound cards have been seen to jump, and machines to sleep.</summary>
public sealed class ClockTests
{
    [Theory]
    [InlineData(3600, 26_000)]
    [InlineData(-1, 26_000)]
    [InlineData(3600, 58_000)]
    [InlineData(-2, 58_000)]
    public async Task A_clock_that_jumps_while_somebody_speaks_is_told_and_nobody_notices(int seconds, int at)
    {
        await using var desk = new Desk().User("what time is it").User("and now");
        desk.OpenDevice = () => new JumpingDevice(desk.Device(), at, (long)seconds * AudioFormat.SampleRateHz);

        await desk.TalkAsync();

        var trouble = Assert.Single(desk.Of<ConversationEvents.Trouble>());
        Assert.StartsWith($"The device's clock jumped by {seconds:+0.0;-0.0} s", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(["You said what time is it.", "You said and now."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
        Assert.All(desk.Of<ConversationEvents.AgentTurnEnded>(), turn => Assert.Equal((false, 0), (turn.WasInterrupted, turn.Underruns)));
        Assert.InRange(desk.Events[^1].AtSample, 4 * AudioFormat.SampleRateHz, 12 * AudioFormat.SampleRateHz);
    }

    [Fact]
    public async Task A_machine_that_sleeps_in_the_middle_of_a_reply_goes_on_where_it_was()
    {
        await using var desk = new Desk().User("what time is it").User("and now");
        var slept = false;
        desk.OpenDevice = () => desk.Device(DevicePace.Virtual(async (clock, cancel) =>
        {
            await desk.Time!.WaitAsync(clock, cancel);
            if (!slept && clock.PlayedSamples > 62_000)
            {
                // Longer than a voice may take for a frame: timers go off, and nothing of it is the voice's fault.
                slept = true;
                await Task.Delay(TimeSpan.FromSeconds(1.5), cancel);
            }
        }));

        await desk.TalkAsync();

        Assert.Empty(desk.Of<ConversationEvents.Trouble>());
        Assert.Equal(["You said what time is it.", "You said and now."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
    }

    /// <summary>Its counters are ahead, or behind, from a sample on.</summary>
    private sealed class JumpingDevice(IAudioDevice device, long at, long jump) : IAudioDevice, IAudioClient
    {
        private IAudioClient? _client;

        public string Name => device.Name;

        public bool HasInput => device.HasInput;

        public bool HasOutput => device.HasOutput;

        public Task Completion => device.Completion;

        public void Start(IAudioClient client)
        {
            _client = client;
            device.Start(this);
        }

        public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock) => _client!.Process(
            captured,
            toPlay,
            clock.CapturedSamples < at ? clock : clock with { CapturedSamples = clock.CapturedSamples + jump, PlayedSamples = clock.PlayedSamples + jump });

        public ValueTask DisposeAsync() => device.DisposeAsync();
    }
}
