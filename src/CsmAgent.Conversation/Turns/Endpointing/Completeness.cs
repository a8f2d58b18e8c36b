namespace CsmAgent.Conversation.Turns.Endpointing;

/// <summary>Whether a clause sounds finished by its words alone.</summary>
internal enum Completeness
{
    /// <summary>No rule speaks.</summary>
    Unclear,

    /// <summary>A finished request, question or answer.</summary>
    Complete,

    /// <summary>Something must follow.</summary>
    Incomplete,
}

/// <summary>The judgement and the rule that made it.</summary>
internal sealed record ClauseJudgement(Completeness Completeness, string Why);
