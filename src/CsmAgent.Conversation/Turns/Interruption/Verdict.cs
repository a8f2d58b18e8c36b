namespace CsmAgent.Conversation.Turns.Interruption;

/// <summary>What speech over the agent's voice means.</summary>
internal enum Verdict
{
    /// <summary>Too early to say.</summary>
    Undecided,

    /// <summary>The listener listens: "mhm".</summary>
    Backchannel,

    /// <summary>It is not said to the agent: somebody turned away, or further off.</summary>
    Elsewhere,

    /// <summary>The listener wants the floor.</summary>
    Interrupts,
}

/// <summary>The verdict and what it rests on, in words.</summary>
internal sealed record Judgement(Verdict Verdict, string Why);
