namespace CsmAgent.Tensors.Sampling;

/// <summary>Leads a model's choice towards what its text says: away from what the same model would choose without one.</summary>
/// <remarks>untold + scale × (told − untold), J. Ho and T. Salimans, "Classifier-free diffusion guidance" (2022), on logits. What the model itself
/// finds unlikely stays out, as in X. L. Li et al., "Contrastive decoding" (2022): far down, the difference of two logits is noise.</remarks>
public static class ClassifierFreeGuidance
{
    /// <summary>Ids less likely than the likeliest by more than this many nats are not chosen.</summary>
    public const float Plausible = 5;

    /// <summary>Leads logits in place; a scale of 1 only removes what is implausible.</summary>
    /// <param name="told">Logits with the text; become what is to be sampled from, −∞ where implausible.</param>
    /// <param name="untold">Logits of the same ids without it.</param>
    /// <param name="scale">1 or more.</param>
    /// <exception cref="ArgumentException">Not as many logits without the text as with it.</exception>
    public static void Lead(Span<float> told, ReadOnlySpan<float> untold, float scale)
    {
        if (untold.Length != told.Length)
        {
            throw new ArgumentException($"{told.Length} logits with the text, {untold.Length} without.", nameof(untold));
        }

        var least = told[TopKSampling.ArgMax(told)] - Plausible;
        for (var id = 0; id < told.Length; id++)
        {
            told[id] = told[id] < least ? float.NegativeInfinity : untold[id] + (scale * (told[id] - untold[id]));
        }
    }
}
