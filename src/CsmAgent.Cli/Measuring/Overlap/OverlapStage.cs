using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Measurement;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>Plays scenes through the whole conversation: simulated room, echo canceller, voice activity, recogniser, turn machine and
/// playback are the real ones, in virtual time. The agent's voice is synthesised once and kept, its replies are fixed, and no codes
/// are made of what the user says: none of them decides anything here.</summary>
internal sealed class OverlapStage : IAsyncDisposable
{
    // A held reply plays to the edge of its frame and fades: at most this much longer.
    private const long FrameEdge = 2 * AudioFormat.FrameSamples;

    // A recogniser adapts to what it heard before, so a scene is always played after the same ones: on a fixed number of lanes,
    // each with its own recogniser, whatever the machine has.
    private const int Lanes = 2;

    private readonly IConversationFactory _factory;
    private readonly KeptRecognizer[] _recognizers;
    private readonly ConversationEngines _engines;
    private readonly ReadOnlyMemory<float> _opening;

    /// <param name="factory">Makes conversations.</param>
    /// <param name="engines">The agent's engines.</param>
    /// <param name="opening">How the user asks for the long reply; 24 kHz mono.</param>
    public OverlapStage(IConversationFactory factory, ConversationEngines engines, float[] opening)
    {
        _factory = factory;
        _recognizers = [.. Enumerable.Range(0, Lanes).Select(_ => new KeptRecognizer(engines.Recognizer))];
        _engines = new ConversationEngines(new NoCodes(), engines.Recognizer, new StoryTeller(), new KeptVoice(engines.Synthesizer));
        var gain = SpeechLevel.GainTo(opening, OverlapScenes.UserDb);
        _opening = opening.Select(sample => sample * gain).ToArray();
    }

    /// <summary>Takes every scene's conversation.jsonl and turns.jsonl, in a folder named after it; null keeps none.</summary>
    public string? OutputFolder { get; init; }

    /// <summary>Plays scenes, two at a time; outcomes come in the order of the scenes.</summary>
    public async Task<IReadOnlyList<OverlapOutcome>> PlayAllAsync(
        IEnumerable<OverlapScene> scenes, Action<OverlapOutcome> played, CancellationToken cancellationToken)
    {
        // Every lane gets all four situations.
        var lanes = scenes.GroupBy(scene => scene.Number / 4 % Lanes).ToArray();
        var outcomes = await Task.WhenAll(lanes.Select(lane => Task.Run(() => PlayLaneAsync(lane, played, cancellationToken), cancellationToken)))
            .ConfigureAwait(false);
        return [.. outcomes.SelectMany(outcome => outcome).OrderBy(outcome => outcome.Scene.Number)];
    }

    private async Task<List<OverlapOutcome>> PlayLaneAsync(IGrouping<int, OverlapScene> lane, Action<OverlapOutcome> played, CancellationToken cancellationToken)
    {
        List<OverlapOutcome> outcomes = [];
        foreach (var scene in lane)
        {
            outcomes.Add(await PlayAsync(scene, lane.Key, cancellationToken).ConfigureAwait(false));
            lock (_recognizers)
            {
                played(outcomes[^1]);
            }
        }

        return outcomes;
    }

    private async Task<OverlapOutcome> PlayAsync(OverlapScene scene, int lane, CancellationToken cancellationToken)
    {
        var time = new VirtualTime();
        var talker = new OverlapTalker(_opening, scene);
        var room = LivingRoom.Create(scene.EchoDb, scene.Seed);
        var setup = new ConversationSetup(
            () => new VirtualDevice("overlap scene", talker, DevicePace.Virtual(time.WaitAsync), new VirtualDeviceOptions { Room = room }),
            _engines with { Recognizer = _recognizers[lane] })
        {
            ConversationId = $"scene-{scene.Number}",
            OutputFolder = OutputFolder is null ? null : Path.Combine(OutputFolder, $"scene-{scene.Number}"),
            VirtualTime = time,
        };
        await using var conversation = _factory.Create(setup);
        List<ConversationEvent> events = [];
        var reading = ReadAsync(conversation.Subscribe(100_000), events);
        await conversation.StartAsync(cancellationToken).ConfigureAwait(false);
        await conversation.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        return Judge(scene, talker, events);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var recognizer in _recognizers)
        {
            await recognizer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static OverlapOutcome Judge(OverlapScene scene, OverlapTalker talker, List<ConversationEvent> events)
    {
        var began = talker.Began < 0 ? -1 : talker.VoiceBegan;
        var story = events.OfType<ConversationEvents.AgentSpeechStarted>().LastOrDefault(e => e.FirstPlayedSample < began);
        if (began < 0 || story is null)
        {
            return new OverlapOutcome(scene, null, null, null, null, "the agent did not speak");
        }

        var ended = events.OfType<ConversationEvents.AgentTurnEnded>().FirstOrDefault(e => e.Generation == story.Generation);
        if (ended is not null && ended.LastPlayedSample < began)
        {
            return new OverlapOutcome(scene, null, null, null, null, "the agent had stopped by itself");
        }

        var held = events.OfType<ConversationEvents.AgentPaused>().FirstOrDefault(e => e.AtSample >= began);
        var resumed = events.OfType<ConversationEvents.AgentResumed>().LastOrDefault(e => e.AtSample >= began);
        var isCut = ended?.WasInterrupted is true && ended.LastPlayedSample < talker.Played.Length - AudioFormat.SampleRateHz / 10;
        var answered = events.OfType<ConversationEvents.AgentSpeechStarted>().Any(e => e.AtSample > began && e.Generation != story.Generation);
        var action = answered ? OverlapAction.Answered
            : isCut ? OverlapAction.Stopped
            : held is not null ? OverlapAction.Resumed
            : OverlapAction.WentOn;
        var cut = events.OfType<ConversationEvents.PhaseChanged>().FirstOrDefault(
            e => e.AtSample >= began && e.Transition.StartsWith("interrupted", StringComparison.Ordinal));
        var quiet = held?.AtSample ?? (isCut ? ended!.AtSample : null);
        return new OverlapOutcome(
            scene,
            action,
            Since(held?.AtSample),
            Since(quiet is { } at ? PlayedSound.EndOfSound(talker.Played, began, at + FrameEdge) : null),
            Since(isCut ? cut?.AtSample ?? ended!.AtSample : resumed?.AtSample),
            isCut ? cut?.Why ?? "" : resumed?.Why ?? "")
        {
            HeldForEcho = events.OfType<ConversationEvents.AgentPaused>().Count(e => e.AtSample > story.FirstPlayedSample && e.AtSample < talker.Began),
        };

        double? Since(long? sample) => sample is { } moment ? (moment - began) * 1000.0 / AudioFormat.SampleRateHz : null;
    }

    private static async Task ReadAsync(IAsyncEnumerable<ConversationEvent> stream, List<ConversationEvent> events)
    {
        await foreach (var happened in stream.ConfigureAwait(false))
        {
            events.Add(happened);
        }
    }
}
