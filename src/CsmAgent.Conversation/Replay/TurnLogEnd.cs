namespace CsmAgent.Conversation.Replay;

/// <summary>The last line of a whole log.</summary>
/// <param name="Steps">Transitions taken.</param>
/// <param name="Hash">Of every transition, its effects and the state after it.</param>
/// <param name="Lost">Events the log had no room for; 0 or it cannot be replayed.</param>
internal sealed record TurnLogEnd(long Steps, string Hash, long Lost);
