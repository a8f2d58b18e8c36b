using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Turns;

/// <summary>One row of the transition table: code and documentation in one.</summary>
internal sealed record TurnTransition
{
    private static readonly IReadOnlyList<TurnEffect> None = [];

    /// <summary>Unique; what the log shows.</summary>
    public required string Name { get; init; }

    /// <summary>The phases it may leave.</summary>
    public required TurnPhase[] From { get; init; }

    /// <summary>The event it answers.</summary>
    public required Type On { get; init; }

    /// <summary>The condition in words; empty for none.</summary>
    public string If { get; init; } = "";

    /// <summary>The phases it may enter; empty when it stays where it is.</summary>
    public TurnPhase[] To { get; init; } = [];

    /// <summary>The kinds of effect it may have.</summary>
    public Type[] Does { get; init; } = [];

    /// <summary>The condition.</summary>
    public Func<TurnState, TurnEvent, TurnPolicy, bool> Guard { get; init; } = static (_, _, _) => true;

    /// <summary>The new state and what is to be done.</summary>
    public required Func<TurnState, TurnEvent, TurnPolicy, TurnStep> Apply { get; init; }

    /// <summary>Builds a row with a typed event.</summary>
    public static TurnTransition Row<TEvent>(
        string name,
        TurnPhase[] from,
        string @if,
        Func<TurnState, TEvent, TurnPolicy, bool> guard,
        TurnPhase[] to,
        Type[] does,
        Func<TurnState, TEvent, TurnPolicy, TurnStep> apply)
        where TEvent : TurnEvent => new()
        {
            Name = name,
            From = from,
            On = typeof(TEvent),
            If = @if,
            Guard = (state, e, policy) => guard(state, (TEvent)e, policy),
            To = to,
            Does = does,
            Apply = (state, e, policy) => apply(state, (TEvent)e, policy),
        };

    /// <summary>Builds a row that only notes something.</summary>
    public static TurnTransition Note<TEvent>(
        string name, TurnPhase[] from, string @if, Func<TurnState, TEvent, TurnPolicy, bool> guard, Func<TurnState, TEvent, TurnState> apply)
        where TEvent : TurnEvent =>
        Row<TEvent>(name, from, @if, guard, [], [], (state, e, _) => new TurnStep(apply(state, e), None));
}
