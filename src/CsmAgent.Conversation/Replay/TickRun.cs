namespace CsmAgent.Conversation.Replay;

/// <summary>Evenly spaced ticks, as one line of a log.</summary>
internal sealed record TickRun(int Ticks, long From, long Step)
{
    public static TickRun None { get; } = new(0, 0, 0);

    /// <summary>Adds a tick if it goes on evenly.</summary>
    public bool TryAdd(long at, out TickRun longer)
    {
        longer = this with { Ticks = Ticks + 1, Step = Ticks == 1 ? at - From : Step };
        return Ticks > 0 && at > From && (Ticks == 1 || at == From + (Ticks * Step));
    }
}
