using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.RoundTable;

/// <summary>One of several agents that share a conversation.</summary>
/// <param name="Name">What it is called, and listens to: one word.</param>
/// <param name="Voice">A folder in <c>voices/</c>.</param>
/// <param name="Reply">Writes what it says; knows its own persona. Borrowed.</param>
public sealed record TableAgent(string Name, string Voice, IReplyGenerator Reply);
