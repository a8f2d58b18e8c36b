namespace CsmAgent.Conversation.Turns.Interruption;

/// <summary>What speech over the agent's voice means.</summary>
internal enum Verdict
{
    /// <summary>Too early to say.</summary>
    Undecided,

    /// <summary>The listener listens: "mhm".</summary>
    Backchannel,

    /// <summary>The listener wants the floor.</summary>
    Interrupts,
}
