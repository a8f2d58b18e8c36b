using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Turns;

/// <summary>Everything the turn machine knows. Positions count samples on the device's counter.</summary>
internal sealed record TurnState
{
    public TurnPhase Phase { get; init; }

    /// <summary>The latest position any event named; never goes back.</summary>
    public long Now { get; init; }

    /// <summary>The user's turn, from 1; 0 before the first.</summary>
    public int Turn { get; init; }

    /// <summary>The newest reply begun; numbers are never used twice.</summary>
    public int Generation { get; init; }

    /// <summary>Voice activity says that somebody speaks.</summary>
    public bool Voiced { get; init; }

    /// <summary>The newest utterance.</summary>
    public int Utterance { get; init; }

    /// <summary>Where the newest utterance began.</summary>
    public long UtteranceBegan { get; init; }

    /// <summary>How the newest utterance sounds so far; null until the ear says so.</summary>
    public VoiceSound? Sound { get; init; }

    /// <summary>How the utterance before it sounded: its words may still be on their way.</summary>
    public VoiceSound? SoundBefore { get; init; }

    /// <summary>Where the turn's first utterance began.</summary>
    public long FirstVoiced { get; init; }

    /// <summary>Where the newest finished utterance ended; waits count from here.</summary>
    public long LastVoiced { get; init; }

    /// <summary>The last sample that could be heard of it; delays count from here.</summary>
    public long LastAudible { get; init; }

    /// <summary>The newest utterance whose final text is known or no longer wanted.</summary>
    public int FinalUtterance { get; init; }

    /// <summary>Final text of the turn's utterances.</summary>
    public string Text { get; init; } = "";

    /// <summary>Text so far of the newest utterance.</summary>
    public string Partial { get; init; } = "";

    /// <summary>How long to wait after the last voiced sample, and why; null until the text is final.</summary>
    public EndingWait? Ending { get; init; }

    /// <summary>This speaker's pauses inside turns, averaged; 0 before the first.</summary>
    public double PauseHabit { get; init; }

    /// <summary>The longest pause inside this turn so far; 0 for none.</summary>
    public long LongestPause { get; init; }

    /// <summary>The user paused inside this turn and went on.</summary>
    public bool PausedInTurn { get; init; }

    /// <summary>The newest reply is being made or spoken.</summary>
    public bool ReplyLive { get; init; }

    /// <summary>The live reply may not sound yet: the turn may go on.</summary>
    public bool Speculative { get; init; }

    /// <summary>What the agent will say unasked at the next moment nobody speaks; empty for nothing.</summary>
    public string Announcement { get; init; } = "";

    /// <summary>What the live reply says unasked; empty when it answers somebody.</summary>
    public string Announcing { get; init; } = "";

    /// <summary>The live reply is a fixed sentence, an apology or an announcement; its own failure is not talked about.</summary>
    public bool IsApology { get; init; }

    /// <summary>Frames of the live reply; final once <see cref="SpeechComplete"/>.</summary>
    public int Generated { get; init; }

    /// <summary>No more frames will come for the live reply.</summary>
    public bool SpeechComplete { get; init; }

    /// <summary>An engine broke while making the live reply.</summary>
    public bool SpeechFailed { get; init; }

    /// <summary>Samples of the live reply that the device took.</summary>
    public long Played { get; init; }

    /// <summary>When the live reply last got on.</summary>
    public long ProgressAt { get; init; }

    /// <summary>When the user fell silent again over an agent that waits to know what it was; null while they speak.</summary>
    public long? UndecidedSince { get; init; }

    /// <summary>Where the time of this turn went.</summary>
    public TurnMarks Marks { get; init; } = new();

    /// <summary>How long the newest utterance has lasted.</summary>
    public long VoicedFor => Math.Max(0, (Voiced ? Now : LastVoiced) - UtteranceBegan);

    /// <summary>Every utterance's text is final.</summary>
    public bool AllFinal => FinalUtterance >= Utterance;
}
