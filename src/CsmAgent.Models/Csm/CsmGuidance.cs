using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm;

/// <summary>What a frame is led away from (<see cref="ClassifierFreeGuidance"/>).</summary>
/// <param name="Untold">A session of the same model that has heard the same, frames of this segment included, but not read its text; borrowed.</param>
/// <param name="Scale">1 or more; 1 leads nowhere.</param>
public readonly record struct CsmGuidance(ICsmSession Untold, float Scale);
