namespace CsmAgent.Audio.VoiceActivity;

/// <summary>What is known after a hop of 10 ms.</summary>
/// <param name="Probability">Of speech, 0 to 1, from the last complete window of 32 ms.</param>
/// <param name="IsSpeech">After hysteresis.</param>
/// <param name="Edge">Whether this hop began or ended speech.</param>
/// <param name="EdgeSample">For an edge: the sample since the start at which speech is thought to have begun or ended, earlier than now.</param>
/// <param name="LevelDb">RMS of the hop in dBFS, -100 for silence.</param>
/// <param name="NoiseFloorDb">Tracked level of what is not speech, in dBFS.</param>
public readonly record struct VoiceActivityResult(
    float Probability, bool IsSpeech, VoiceEdge Edge, long EdgeSample, float LevelDb, float NoiseFloorDb);
