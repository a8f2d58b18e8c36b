namespace CsmAgent.Conversation.Protocol;

/// <summary>Where a conversation stands; the states of the turn machine.</summary>
public enum TurnPhase
{
    /// <summary>Not started, or over.</summary>
    Idle,

    /// <summary>The device runs and nobody speaks.</summary>
    Listening,

    /// <summary>The user speaks and the agent is silent.</summary>
    UserSpeaking,

    /// <summary>The user fell silent; it is not yet decided whether the turn is over.</summary>
    WaitingForEnd,

    /// <summary>The turn is over; the reply is being written and its first frame generated.</summary>
    Thinking,

    /// <summary>The agent speaks.</summary>
    Speaking,

    /// <summary>Somebody may be interrupting: the agent speaks on, softly.</summary>
    Ducked,

    /// <summary>Somebody is interrupting: the agent is silent and may still resume from the same sample.</summary>
    Paused,

    /// <summary>The device or a stage was lost and is being brought back.</summary>
    Recovering,
}
