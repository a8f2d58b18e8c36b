namespace CsmAgent.Conversation.RoundTable;

/// <summary>Something said at the table, to be answered.</summary>
/// <param name="Text">The words; empty for silence.</param>
/// <param name="From">The agent that said it; null for the person, and for silence.</param>
internal sealed record Remark(string Text, int? From);
