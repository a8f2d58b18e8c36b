namespace CsmAgent.Training.Optimization;

/// <summary>Constants of <see cref="AdamW"/>.</summary>
/// <param name="Beta1">Decay of the gradient's mean, 0 to 1.</param>
/// <param name="Beta2">Decay of the squared gradient's mean, 0 to 1.</param>
/// <param name="Epsilon">Added to the denominator.</param>
/// <param name="WeightDecay">Share of the learning rate by which weights shrink each step.</param>
public sealed record AdamWOptions(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0.01);
