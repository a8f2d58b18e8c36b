using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>A whole conversation with the real engines, in virtual time: recorded turns in, events and the recording out.</summary>
public sealed class Talk : IAsyncDisposable
{
    private static readonly TimeSpan RealLimit = TimeSpan.FromMinutes(2);

    private readonly List<RecordedTurn> _turns = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("csm-agent-talk");
    private readonly AgentFixture _agent;

    public Talk(AgentFixture agent)
    {
        _agent = agent;
        Engines = agent.Engines;
    }

    /// <summary>The engines; a test may wrap one.</summary>
    public ConversationEngines Engines { get; set; }

    /// <summary>Who is at the microphone; known once the device was opened.</summary>
    public TurnTalker? Talker { get; private set; }

    /// <summary>Wraps the device; called with each one opened and its number, from 0.</summary>
    public Func<IAudioDevice, int, IAudioDevice>? Device { get; set; }

    public List<ConversationEvent> Events { get; } = [];

    /// <summary>The folder the conversation writes to.</summary>
    public string Output => _folder.FullName;

    /// <summary>The recording: left the user, right the agent.</summary>
    public WavAudio Recording => WavFile.Read(Path.Combine(Output, "conversation.wav"));

    public Talk Say(string file, double after = 0.6) => Add(file, TurnStart.AgentSilent, after);

    public Talk Interrupt(string file, double after) => Add(file, TurnStart.AgentSpeaking, after);

    public async Task<Talk> HoldAsync()
    {
        var opened = 0;
        var time = new VirtualTime();
        Talker = new TurnTalker(_turns);
        var setup = new ConversationSetup(
            () =>
            {
                IAudioDevice device = new VirtualDevice(
                    "recorded turns",
                    Talker,
                    DevicePace.Virtual(time.WaitAsync),
                    new VirtualDeviceOptions { Room = SimulatedRoom.Create(TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(200), levelDb: -12) });
                return Device?.Invoke(device, opened++) ?? device;
            },
            Engines)
        {
            OutputFolder = Output,
            VirtualTime = time,
        };
        await using var conversation = _agent.Services.GetRequiredService<IConversationFactory>().Create(setup);
        var reading = ReadAsync(conversation.Subscribe(1_000_000));
        await conversation.StartAsync();
        try
        {
            await conversation.Completion.WaitAsync(RealLimit);
            await reading.WaitAsync(RealLimit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The conversation did not end:\n{Story()}");
        }

        return this;
    }

    public IReadOnlyList<T> Of<T>()
        where T : ConversationEvent => [.. Events.OfType<T>()];

    /// <summary>What happened, for a failing test's message.</summary>
    public string Story() =>
        string.Join('\n', Events.Where(happened => happened is not (ConversationEvents.Levels or ConversationEvents.AgentCaption or ConversationEvents.PartialTranscript)));

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Somebody says a recording that is no turn of the desk's.</summary>
    public Talk Say(string name, float[] samples, double after = 0.6)
    {
        _turns.Add(new(name, samples, TurnStart.AgentSilent, TimeSpan.FromSeconds(after)));
        return this;
    }

    private Talk Add(string file, TurnStart start, double after)
    {
        _turns.Add(new(file, DeskTurn.Named(file).Samples(), start, TimeSpan.FromSeconds(after)));
        return this;
    }

    private async Task ReadAsync(IAsyncEnumerable<ConversationEvent> events)
    {
        await foreach (var happened in events)
        {
            Events.Add(happened);
        }
    }
}
