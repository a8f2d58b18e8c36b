namespace CsmAgent.Conversation.Turns;

/// <summary>When each step of one turn happened, in samples on the device's counter; 0 for not yet.</summary>
internal sealed record TurnMarks
{
    public long LastVoiced { get; init; }

    public long LastAudible { get; init; }

    public long EndOfTurn { get; init; }

    public long Text { get; init; }

    public long FirstToken { get; init; }

    public long FirstFrame { get; init; }

    public long FirstSound { get; init; }
}
