using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using static CsmAgent.Conversation.Protocol.ConversationEvents;

namespace CsmAgent.Cli.Screens;

/// <summary>What a screen knows of a conversation: events go in, the picture's parts and finished lines come out. Draws nothing.</summary>
internal sealed class ConversationView
{
    private readonly Dictionary<int, TurnLatency> _latencies = [];
    private readonly Dictionary<int, string> _agents = [];
    private readonly HashSet<int> _takenBack = [];
    private int _goesOn;

    /// <summary>The engines and the device; null before the start.</summary>
    public Started? About { get; private set; }

    /// <summary>Where the conversation stands.</summary>
    public TurnPhase Phase { get; private set; } = TurnPhase.Idle;

    /// <summary>The device's clock.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>The last frame's meters.</summary>
    public Levels? Levels { get; private set; }

    /// <summary>What has been recognised of the turn that is being spoken.</summary>
    public string UserText { get; private set; } = string.Empty;

    /// <summary>The part of the reply that has been heard.</summary>
    public string HeardText { get; private set; } = string.Empty;

    /// <summary>The whole reply as written so far.</summary>
    public string ReplyText { get; private set; } = string.Empty;

    /// <summary>The agent that replies, at a round table; otherwise null.</summary>
    public string? Agent { get; private set; }

    /// <summary>The last turn's delays; null before the first.</summary>
    public TurnLatency? LastLatency { get; private set; }

    /// <summary>Takes one event.</summary>
    /// <returns>The lines that are now finished, oldest first.</returns>
    public IReadOnlyList<TranscriptLine> Apply(ConversationEvent happened)
    {
        var at = TimeSpan.FromSeconds((double)happened.AtSample / AudioFormat.SampleRateHz);
        Now = at > Now ? at : Now;
        switch (happened)
        {
            case Started started:
                About = started;
                return About.VoiceIsBootstrap
                    ? [new(LineKind.Notice, at, $"{started.Voice} is a stand-in: it does not hear the conversation.")]
                    : [];
            case PhaseChanged moved:
                Phase = moved.To;
                return [];
            case Levels levels:
                Levels = levels;
                return [];
            case PartialTranscript partial:
                UserText = partial.Text;
                return [];
            case UserTurnEnded said:
                UserText = ReplyText = HeardText = string.Empty;
                var mark = said.Turn == _goesOn ? "in all" : null;
                return said.Text.Length == 0 ? [] : [new(LineKind.User, Moment(said.FirstVoicedSample), said.Text, mark)];
            case NothingRecognised:
                UserText = string.Empty;
                return [new(LineKind.Notice, at, "heard something, but no words")];
            case AgentTookFloor took:
                _agents[took.Generation] = Agent = took.Agent;
                ReplyText = HeardText = string.Empty;
                return [];
            case ConversationEvents.ReplyText piece:
                ReplyText += piece.Piece.Replace('\n', ' ');
                return [];
            case AgentCaption caption:
                HeardText = caption.HeardText;
                return [];
            case AgentResumed resumed:
                UserText = string.Empty;
                return [new(LineKind.Notice, at, $"goes on: {resumed.Why}")];
            case AnswerTakenBack back:
                _goesOn = back.Turn;
                _takenBack.Add(back.Generation);
                return [];
            case TurnLatency latency:
                _latencies[latency.Generation] = LastLatency = latency;
                return [];
            case AgentTurnEnded ended:
                return Finish(ended);
            case Trouble trouble:
                return [new(LineKind.Trouble, at, FirstLine(trouble.Message), trouble.Stage)];
            case DeviceLost lost:
                return [new(LineKind.Trouble, at, lost.Reason, "device")];
            case DeviceBack back:
                return [new(LineKind.Notice, at, $"{back.Device} runs again")];
            case Ended ended:
                Phase = TurnPhase.Idle;
                return [new(LineKind.Notice, at, ended.Reason)];
            default:
                return [];
        }
    }

    private List<TranscriptLine> Finish(AgentTurnEnded ended)
    {
        List<TranscriptLine> lines = [];
        if (ended.FirstPlayedSample is { } first)
        {
            lines.Add(new(LineKind.Agent, Moment(first), ended.HeardText, Mark(ended)) { Agent = _agents.GetValueOrDefault(ended.Generation) });
        }

        if (_latencies.Remove(ended.Generation, out var latency))
        {
            lines.Add(new(LineKind.Latency, Moment(latency.AtSample), LatencyText.Describe(latency)));
        }

        ReplyText = HeardText = string.Empty;
        return lines;
    }

    private string? Mark(AgentTurnEnded ended) =>
        _takenBack.Remove(ended.Generation) ? "taken back" : ended.WasInterrupted ? "interrupted" : null;

    // Native faults carry their stack: that is for the log.
    private static string FirstLine(string message) => message.Split('\n')[0];

    private static TimeSpan Moment(long sample) => TimeSpan.FromSeconds((double)sample / AudioFormat.SampleRateHz);
}
