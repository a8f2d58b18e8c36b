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

/// <summary>The verdict and what it rests on.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Addressee">Whom the words alone are meant for.</param>
/// <param name="Why">The reason, in words.</param>
internal sealed record Judgement(Verdict Verdict, Addressee Addressee, string Why);
