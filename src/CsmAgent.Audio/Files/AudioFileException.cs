namespace CsmAgent.Audio.Files;

/// <summary>A sound file that cannot be read or written. The message names the file, the field, what was expected and what was found.</summary>
public sealed class AudioFileException(string message, Exception? inner = null) : Exception(message, inner);
