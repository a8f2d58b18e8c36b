namespace CsmAgent.Training.Codec;

/// <summary>What a discriminator counts for the decoder that it judges.</summary>
/// <param name="Verdict">Weight of passing for a recording.</param>
/// <param name="Features">Weight of meeting the recording's features.</param>
public sealed record JudgeWeights(double Verdict, double Features);
