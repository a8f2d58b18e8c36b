using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Measurement;
using CsmAgent.Cli.Measuring.Overlap;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Cli.Measuring.EndToEnd;

/// <summary>Holds one conversation of recorded turns through a simulated room and measures it.</summary>
/// <param name="factory">Makes conversations.</param>
/// <param name="engines">The agent's engines, all of them real.</param>
internal sealed class EndToEndRun(IConversationFactory factory, ConversationEngines engines)
{
    // An interruption planned for a reply that was never begun should not wait long.
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(8);

    /// <summary>Takes <c>conversation.jsonl</c> and <c>conversation.wav</c>; null keeps none.</summary>
    public string? OutputFolder { get; init; }

    /// <summary>Runs to the last answer.</summary>
    /// <param name="turns">What the user says; each is brought to the user's usual level.</param>
    /// <param name="manifest">What the recordings mean.</param>
    /// <param name="isRealTime">At the pace of a sound card; otherwise in virtual time with the work counted.</param>
    /// <param name="echoDb">Level of the agent's echo at the microphone relative to what is played.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(IReadOnlyList<TurnFigures> Turns, int FalseInterruptions, (int Kept, int Wasted) EarlyFrames, ComputeClock? Clock)> MeasureAsync(
        IReadOnlyList<RecordedTurn> turns, TurnManifest manifest, bool isRealTime, double echoDb, CancellationToken cancellationToken)
    {
        turns = [.. turns.Select(Levelled)];
        var time = new VirtualTime();
        var clock = new ComputeClock(time, AudioPort.DefaultBlockSamples);
        var talker = new TurnTalker(turns, GiveUp);
        var listener = new ListeningTalker(talker);
        var room = LivingRoom.Create(echoDb);
        var pace = isRealTime ? DevicePace.RealTime : DevicePace.Virtual(clock.WaitAsync);
        var setup = new ConversationSetup(() => new VirtualDevice("recorded turns in a room", listener, pace, new VirtualDeviceOptions { Room = room }), engines)
        {
            ConversationId = "bench-e2e",
            OutputFolder = OutputFolder,
            VirtualTime = isRealTime ? null : time,
        };
        var conversation = factory.Create(setup);
        await using (conversation.ConfigureAwait(false))
        {
            List<ConversationEvent> events = [];
            var reading = ReadAsync(conversation.Subscribe(1_000_000), events);
            await conversation.StartAsync(cancellationToken).ConfigureAwait(false);
            await conversation.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            var measurement = new TurnMeasurement(turns, talker, listener.Played, clock, events, manifest);
            return ([.. measurement.Turns()], measurement.FalseInterruptions(), measurement.EarlyFrames(), isRealTime ? null : clock);
        }
    }

    private static RecordedTurn Levelled(RecordedTurn turn)
    {
        var gain = SpeechLevel.GainTo(turn.Samples.Span, OverlapScenes.UserDb);
        return turn with { Samples = turn.Samples.ToArray().Select(sample => sample * gain).ToArray() };
    }

    private static async Task ReadAsync(IAsyncEnumerable<ConversationEvent> stream, List<ConversationEvent> events)
    {
        await foreach (var happened in stream.ConfigureAwait(false))
        {
            events.Add(happened);
        }
    }
}
