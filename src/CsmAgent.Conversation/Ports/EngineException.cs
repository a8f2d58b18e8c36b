namespace CsmAgent.Conversation.Ports;

/// <summary>An engine that cannot do what was asked. The message is made to be shown: what failed, what was found, what was expected, what to do.</summary>
public sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);
