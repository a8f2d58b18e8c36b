namespace CsmAgent.Conversation.Dialogue;

/// <summary>How far a dialogue is.</summary>
/// <param name="Line">The line being made, from 1.</param>
/// <param name="LineCount">All lines.</param>
/// <param name="Share">The share of the script's characters done, 0 to 1.</param>
/// <param name="Frames">Frames generated now, without takes that were there already.</param>
/// <param name="RealTimeFactor">Computing time over audio time of what was generated now; null before the first frame.</param>
/// <param name="Left">Computing time left at this rate; null before the first line is done.</param>
public sealed record DialogueProgress(int Line, int LineCount, double Share, long Frames, double? RealTimeFactor, TimeSpan? Left)
{
    /// <summary>Positions of the shared context in use and the most there can be; null before the voices are open.</summary>
    public (int Used, int Limit)? Context { get; init; }
}
