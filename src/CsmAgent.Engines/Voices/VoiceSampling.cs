namespace CsmAgent.Engines.Voices;

/// <summary>A voice's own sampling.</summary>
/// <param name="Temperature">0 to 2.</param>
/// <param name="TopK">1 to 2051.</param>
public sealed record VoiceSampling(float Temperature = 0.9f, int TopK = 50);
