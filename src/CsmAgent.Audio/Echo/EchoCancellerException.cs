namespace CsmAgent.Audio.Echo;

/// <summary>An echo canceller that cannot work. The message says what is missing and what to do.</summary>
public sealed class EchoCancellerException(string message, Exception? inner = null) : Exception(message, inner);
