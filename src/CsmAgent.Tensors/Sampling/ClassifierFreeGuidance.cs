namespace CsmAgent.Tensors.Sampling;

/// <summary>Leads a model's choice towards what it was told: away from what the same model would choose without being told it.</summary>
/// <remarks>told + Σ (scale − 1) × (told − without), J. Ho and T. Salimans, "Classifier-free diffusion guidance" (2022), on logits and for several
/// things withheld. What the model itself finds unlikely stays out, as in X. L. Li et al., "Contrastive decoding" (2022): far down, the difference
/// of two logits is noise.</remarks>
public static class ClassifierFreeGuidance
{
    /// <summary>The largest scale anybody can ask for; the smallest, 1, leads nowhere.</summary>
    public const float LargestScale = 10;

    /// <summary>Ids less likely than the likeliest by more than this many nats are not chosen.</summary>
    public const float Plausible = 5;

    /// <summary>True for a scale that can be asked for.</summary>
    /// <param name="scale">A scale.</param>
    public static bool IsScale(float scale) => scale is >= 1 and <= LargestScale;

    /// <summary>Leads away from one thing; begin with a copy of the logits.</summary>
    /// <param name="led">One value per id; changed.</param>
    /// <param name="told">The model's logits.</param>
    /// <param name="without">Its logits without what is withheld.</param>
    /// <param name="scale">1 or more; 1 changes nothing.</param>
    /// <exception cref="ArgumentException">Not the same count of each.</exception>
    public static void Lead(Span<float> led, ReadOnlySpan<float> told, ReadOnlySpan<float> without, float scale)
    {
        if (led.Length != told.Length || without.Length != told.Length)
        {
            throw new ArgumentException($"{told.Length} logits as told, {without.Length} without, room for {led.Length}.", nameof(without));
        }

        for (var id = 0; id < told.Length; id++)
        {
            led[id] += (scale - 1) * (told[id] - without[id]);
        }
    }

    /// <summary>Sets to −∞ what the model itself finds implausible.</summary>
    /// <param name="led">One value per id; changed.</param>
    /// <param name="told">The model's logits.</param>
    /// <exception cref="ArithmeticException">A logit is NaN.</exception>
    public static void KeepPlausible(Span<float> led, ReadOnlySpan<float> told)
    {
        var least = told[TopKSampling.ArgMax(told)] - Plausible;
        for (var id = 0; id < told.Length; id++)
        {
            if (told[id] < least)
            {
                led[id] = float.NegativeInfinity;
            }
        }
    }
}
