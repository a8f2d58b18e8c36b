namespace CsmAgent.Conversation.Turns;

/// <summary>A new state and what is to be done.</summary>
/// <param name="State">The state.</param>
/// <param name="Effects">In order.</param>
/// <param name="Why">The reason, for the log; null when the transition's name says it.</param>
internal sealed record TurnStep(TurnState State, IReadOnlyList<TurnEffect> Effects, string? Why = null)
{
    /// <summary>The transition taken; null when the event was ignored.</summary>
    public string? Transition { get; init; }
}
