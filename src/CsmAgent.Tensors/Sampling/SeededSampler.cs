namespace CsmAgent.Tensors.Sampling;

/// <summary>Draws codes from a seed. Same seed and same logits: same codes. One per request; not safe for concurrent calls.</summary>
/// <param name="settings">Temperature and top-k.</param>
/// <param name="seed">Names the sequence of noise.</param>
public sealed class SeededSampler(SamplingSettings settings, ulong seed) : ICodeSampler
{
    private readonly ExponentialNoise _noise = new(seed);

    /// <summary>Draws made so far. Set it back to repeat draws.</summary>
    public long Draw { get; set; }

    /// <inheritdoc/>
    public int Sample(ReadOnlySpan<float> logits) => TopKSampling.Sample(logits, settings, _noise, Draw++);
}
