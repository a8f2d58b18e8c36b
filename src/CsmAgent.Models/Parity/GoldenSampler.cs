using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Parity;

/// <summary>Argmax, or a draw with stored noise; remembers the logits it was shown.</summary>
/// <param name="settings">Temperature and top-k.</param>
/// <param name="noise">Row-major [draws, ids]; empty for argmax.</param>
internal sealed class GoldenSampler(SamplingSettings settings, float[] noise) : ICodeSampler
{
    private int _used;

    internal List<float> Logits { get; } = [];

    public int Sample(ReadOnlySpan<float> logits)
    {
        Logits.AddRange(logits);
        if (noise.Length == 0)
        {
            return TopKSampling.ArgMax(logits);
        }

        _used += logits.Length;
        return TopKSampling.Sample(logits, settings, noise.AsSpan(_used - logits.Length, logits.Length));
    }
}
