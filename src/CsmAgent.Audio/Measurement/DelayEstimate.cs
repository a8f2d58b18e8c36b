namespace CsmAgent.Audio.Measurement;

/// <summary>How one signal was found again in another.</summary>
/// <param name="DelaySamples">Samples from the reference's start to its copy's.</param>
/// <param name="Correlation">Likeness, -1 to 1: 1 for an exact copy at any gain.</param>
/// <param name="GainDb">Level of the copy over the reference.</param>
public readonly record struct DelayEstimate(int DelaySamples, double Correlation, double GainDb);
