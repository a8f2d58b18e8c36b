namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>A script that cannot be spoken. The message lists every fault with its line number (the first twenty of them).</summary>
/// <param name="message">The message for people.</param>
public sealed class DialogueException(string message) : Exception(message);
