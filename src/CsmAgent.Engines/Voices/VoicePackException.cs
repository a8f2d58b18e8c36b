namespace CsmAgent.Engines.Voices;

/// <summary>A voice that cannot be used or made. The message names the voice, the file, the field, what was found and what to do.</summary>
/// <param name="message">The message for people.</param>
/// <param name="inner">The cause, if another exception was it.</param>
public sealed class VoicePackException(string message, Exception? inner = null) : Exception(message, inner);
