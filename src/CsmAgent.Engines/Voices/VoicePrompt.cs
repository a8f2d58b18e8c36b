namespace CsmAgent.Engines.Voices;

/// <summary>One reference recording.</summary>
/// <param name="Audio">A WAV file in the voice's folder: a plain file name.</param>
/// <param name="Transcript">Exactly what is said in it.</param>
public sealed record VoicePrompt(string Audio, string Transcript);
