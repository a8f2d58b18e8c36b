using System.Collections.Immutable;

namespace CsmAgent.Conversation.RoundTable;

/// <summary>Whose word it is. Positions count samples on the device's counter.</summary>
internal sealed record FloorState
{
    /// <summary>The agent that speaks, or spoke last.</summary>
    public int Speaker { get; init; }

    /// <summary>What it answers.</summary>
    public Remark Answers { get; init; } = new("", null);

    /// <summary>Who is to speak next, and on what; the person's next turn empties it.</summary>
    public ImmutableList<(int Agent, Remark Remark)> Queue { get; init; } = [];

    /// <summary>The agents' turns so far: entry i is the number of the newest of agent i, 0 for none.</summary>
    public ImmutableArray<int> SpokeAt { get; init; } = [];

    /// <summary>Turns of <see cref="Speaker"/> without another's between.</summary>
    public int InARow { get; init; }

    /// <summary>Agents' turns since the person's last.</summary>
    public int Spent { get; init; }

    /// <summary>Since when nobody speaks; null while somebody does, and before anybody has.</summary>
    public long? FreeSince { get; init; }
}
