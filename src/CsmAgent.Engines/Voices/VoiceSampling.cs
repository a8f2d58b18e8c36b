namespace CsmAgent.Engines.Voices;

/// <summary>A voice's own sampling.</summary>
/// <param name="Temperature">0 to 2; null takes the model's.</param>
/// <param name="TopK">1 to 2051; null takes the model's.</param>
public sealed record VoiceSampling(float? Temperature = null, int? TopK = null);
