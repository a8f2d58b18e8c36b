using Akka.Actor;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Context;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Recording;
using CsmAgent.Conversation.Replay;
using CsmAgent.Conversation.RoundTable;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>What the parts of one conversation share: who is who, the clock, the way out for events, and numbers that must survive
/// the restart of a part.</summary>
internal sealed class ConversationWire(ConversationSetup setup, ConversationOptions options, EventHub events)
{
    private long _now;
    private int _utterance;
    private int _turnNumber;
    private int _latency;
    private volatile bool _muted;

    public string Id => Setup.ConversationId;

    public ConversationSetup Setup { get; } = setup;

    public ConversationOptions Options { get; } = options;

    public ConversationEngines Engines => Setup.Engines;

    /// <summary>Engine sessions opened before the parts were started; a part that is started again opens its own.</summary>
    public OpenedEngines First { get; init; } = new(null, null, null);

    public EventHub Events { get; } = events;

    public PendingWork Pending { get; } = new();

    public IActorRef Capture { get; set; } = ActorRefs.Nobody;

    public IActorRef Encoding { get; set; } = ActorRefs.Nobody;

    public IActorRef Recognition { get; set; } = ActorRefs.Nobody;

    public IActorRef Reply { get; set; } = ActorRefs.Nobody;

    public IActorRef Synthesis { get; set; } = ActorRefs.Nobody;

    public IActorRef Context { get; set; } = ActorRefs.Nobody;

    public IActorRef Playback { get; set; } = ActorRefs.Nobody;

    public IActorRef Turn { get; set; } = ActorRefs.Nobody;

    /// <summary>Speech on its way to the codec.</summary>
    public UtteranceTap ToEncoding { get; } = new();

    /// <summary>Speech on its way to the recogniser.</summary>
    public UtteranceTap ToRecognition { get; } = new();

    /// <summary>The end of the newest block that was heard, in samples on the conversation's counter.</summary>
    public long Now
    {
        get => Volatile.Read(ref _now);
        set => Volatile.Write(ref _now, value);
    }

    /// <summary>Samples between the microphone's membrane and the DAC that the device itself takes.</summary>
    public int LatencySamples
    {
        get => Volatile.Read(ref _latency);
        set => Volatile.Write(ref _latency, value);
    }

    /// <summary>The turn machine's newest state: a turn part that is started again goes on counting from it.</summary>
    public TurnState LastState { get; set; } = new();

    /// <summary>The reply under way; null when none.</summary>
    public AgentReply? LiveReply { get; set; }

    /// <summary>The newest turn, for messages about trouble.</summary>
    public int TurnNumber
    {
        get => Volatile.Read(ref _turnNumber);
        set => Volatile.Write(ref _turnNumber, value);
    }

    /// <summary>The device under way; null while there is none. A part that is started again finds it here.</summary>
    public PartMessages.DeviceUp? DevicePort { get; set; }

    /// <summary>The device itself.</summary>
    public IAudioDevice? Device { get; set; }

    /// <summary>The utterance on its way through the recogniser.</summary>
    public OpenUtterance Hearing { get; } = new();

    /// <summary>What stands at the loudspeaker.</summary>
    public PlayedReply Played { get; } = new();

    /// <summary>The reply being spoken; null when none. A part that is started again goes on with what is left of it.</summary>
    public SpokenReply? Speaking { get; set; }

    /// <summary>A reply whose text comes while it has not begun to be spoken.</summary>
    public SpokenReply? NextSpoken { get; set; }

    /// <summary>A reply that was about to be spoken when the part failed.</summary>
    public AgentReply? WaitingReply { get; set; }

    /// <summary>A reply that waits for the codes of the user's last frames.</summary>
    public AgentReply? HeldReply { get; set; }

    /// <summary>Who answers, and whose word it is.</summary>
    public required Table Table { get; init; }

    /// <summary>What is remembered; survives the restart of its keeper.</summary>
    public required ConversationMemory Memory { get; init; }

    /// <summary>Takes every event of the turn machine, for replay; null when nothing is recorded.</summary>
    public TurnLog? TurnLog { get; set; }

    /// <summary>The utterance being spoken; null in silence.</summary>
    public int? OpenUtterance { get; set; }

    /// <summary>Takes what is heard and played to the recording; null when nothing is recorded.</summary>
    public ConversationRecording? Recorder { get; set; }

    /// <summary>The microphone is switched off.</summary>
    public bool Muted
    {
        get => _muted;
        set => _muted = value;
    }

    public int NextUtterance() => Interlocked.Increment(ref _utterance);

    /// <summary>Sends a message that counts as pending work until it is handled.</summary>
    public void Tell(IActorRef to, object message)
    {
        Pending.Begin();
        to.Tell(new Counted(message), ActorRefs.NoSender);
    }

    public void Publish(ConversationEvent e) => Events.Publish(e);

    public void Trouble(string stage, string message) =>
        Publish(new ConversationEvents.Trouble(Id, Now, TurnNumber, stage, message));
}
