namespace CsmAgent.Conversation.Replay;

/// <summary>What a replay found.</summary>
/// <param name="Transitions">Transitions taken.</param>
/// <param name="Length">How long the conversation was.</param>
/// <param name="Hash">Of everything the turn machine did now.</param>
/// <param name="RecordedHash">Of everything it did then; null when the log has no end because the process was killed.</param>
/// <param name="LostEvents">Events the recording had no room for.</param>
public sealed record ReplayResult(long Transitions, TimeSpan Length, string Hash, string? RecordedHash, long LostEvents)
{
    /// <summary>Whether now and then are bit-identical.</summary>
    public bool IsIdentical => Hash == RecordedHash;
}
