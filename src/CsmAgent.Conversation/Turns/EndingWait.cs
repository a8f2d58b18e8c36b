namespace CsmAgent.Conversation.Turns;

/// <summary>How much silence ends the turn.</summary>
/// <param name="Samples">Silence after the last voiced sample.</param>
/// <param name="Why">The rule that said so, in words.</param>
internal sealed record EndingWait(long Samples, string Why);
