namespace CsmAgent.Conversation.Turns;

/// <summary>Turn-taking as a pure function: the first row of <see cref="TurnTransitions.Table"/> that fits is taken; an event that
/// fits none (late, duplicate, of an older generation) changes nothing but the time.</summary>
internal static class TurnMachine
{
    private static readonly ILookup<Type, TurnTransition> ByEvent = TurnTransitions.Table.ToLookup(row => row.On);

    public static TurnStep Step(TurnState state, TurnEvent e, TurnPolicy policy)
    {
        var now = state with { Now = Math.Max(state.Now, e.At) };
        foreach (var row in ByEvent[e.GetType()])
        {
            if (Array.IndexOf(row.From, now.Phase) >= 0 && row.Guard(now, e, policy))
            {
                return row.Apply(now, e, policy) with { Transition = row.Name };
            }
        }

        return new TurnStep(now, []);
    }
}
