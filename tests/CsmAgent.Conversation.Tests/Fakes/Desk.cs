using Akka.Actor;
using Akka.Configuration;
using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Hosting;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.RoundTable;
using CsmAgent.Conversation.Streams;

namespace CsmAgent.Conversation.Tests.Fakes;

/// <summary>A conversation in virtual time between a scripted user and fake engines, over the real actors, streams and playback.</summary>
internal sealed class Desk : IAsyncDisposable
{
    private static readonly TimeSpan RealLimit = TimeSpan.FromMinutes(2);

    private readonly List<RecordedTurn> _turns = [];
    private readonly ActorSystem _system = ActorSystem.Create("desk", ConversationHocon.Load().WithFallback(ConfigurationFactory.ParseString("akka.loglevel = OFF")));

    public FakeEngines Engines { get; } = new();

    public ConversationOptions Options { get; } = new();

    /// <summary>Null in real time.</summary>
    public VirtualTime? Time { get; set; } = new();

    public Func<IEar> OpenEar { get; set; } = () => new LevelEar();

    public string? OutputFolder { get; set; }

    public string? JournalFolder { get; set; }

    public Func<IAudioDevice>? OpenDevice { get; set; }

    public Func<string, StereoRecorder>? OpenRecording { get; set; }

    /// <summary>The agents of a round table; empty for one agent.</summary>
    public IReadOnlyList<TableAgent> Agents { get; set; } = [];

    public IConversation? Conversation { get; private set; }

    public ActorSystem System => _system;

    public List<ConversationEvent> Events { get; } = [];

    /// <summary>The talk is over when the agent was silent for this long.</summary>
    public TimeSpan SilenceAtEnd { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long an agent that should answer is waited for.</summary>
    public TimeSpan GiveUp { get; set; } = TimeSpan.FromSeconds(8);

    public static float[] Tone(double seconds)
    {
        var samples = new float[(int)(seconds * AudioFormat.SampleRateHz)];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = 0.3f * MathF.Sin(i * 0.07f) + (i % 2 == 0 ? 0.06f : -0.06f);
        }

        return samples;
    }

    /// <summary>The user speaks once the agent has been silent for half a second, and is heard to say <paramref name="words"/>.</summary>
    public Desk User(string words, double seconds = 1, double after = 0.5) => Turn(words, seconds, TurnStart.AgentSilent, after);

    /// <summary>The user speaks a given time after the end of their last words.</summary>
    public Desk Then(string words, double seconds, double after) => Turn(words, seconds, TurnStart.Time, after);

    /// <summary>The user speaks while the agent does.</summary>
    public Desk Interrupts(string words, double seconds, double after) => Turn(words, seconds, TurnStart.AgentSpeaking, after);

    /// <summary>The user says a recording.</summary>
    public Desk Says(string words, float[] recording, TurnStart start, double after)
    {
        Engines.Heard.Enqueue(words);
        _turns.Add(new RecordedTurn(words, recording, start, TimeSpan.FromSeconds(after)));
        return this;
    }

    public IAudioDevice Device() => Device(DevicePace.Virtual(Time!.WaitAsync));

    public IAudioDevice Device(DevicePace pace, VirtualDeviceOptions? options = null, Func<ITalker, ITalker>? watch = null)
    {
        var talker = new TurnTalker(_turns, GiveUp, SilenceAtEnd);
        return new VirtualDevice("desk", watch?.Invoke(talker) ?? talker, pace, options);
    }

    public IConversation Create() => Conversation = new LiveConversation(
        _system,
        new ConversationSetup(OpenDevice ?? Device, Engines.Engines)
        {
            OpenEar = OpenEar,
            VirtualTime = Time,
            Agents = Agents,
            OutputFolder = OutputFolder,
            JournalFolder = JournalFolder,
            OpenRecording = OpenRecording ?? (path => new StereoRecorder(path)),
        },
        Options);

    /// <summary>Holds the whole conversation.</summary>
    public async Task<Desk> TalkAsync()
    {
        var conversation = Create();
        var reading = ReadAsync(conversation.Subscribe(100_000));
        await conversation.StartAsync();
        await conversation.Completion.WaitAsync(RealLimit);
        await reading.WaitAsync(RealLimit);
        return this;
    }

    public async Task ReadAsync(IAsyncEnumerable<ConversationEvent> events)
    {
        await foreach (var e in events)
        {
            lock (Events)
            {
                Events.Add(e);
            }
        }
    }

    public IEnumerable<T> Of<T>()
        where T : ConversationEvent
    {
        lock (Events)
        {
            return [.. Events.OfType<T>()];
        }
    }

    /// <summary>What happened, without meters and captions, for a failing test's message.</summary>
    public string Story() => string.Join('\n', Events.Where(e => e is not (ConversationEvents.Levels or ConversationEvents.AgentCaption)));

    public async ValueTask DisposeAsync()
    {
        if (Conversation is not null)
        {
            await Conversation.DisposeAsync();
        }

        await _system.Terminate();
        // A session that hangs cannot be closed.
        Assert.True(Engines.SessionsOpen == 0 || Engines.Stalled.IsSet, $"{Engines.SessionsOpen} sessions were left open:\n{string.Join('\n', Engines.Asked)}");
    }

    private Desk Turn(string words, double seconds, TurnStart start, double after) => Says(words, Tone(seconds), start, after);
}
