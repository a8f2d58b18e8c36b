namespace CsmAgent.Tensors.Sampling;

/// <summary>How to draw a code from logits.</summary>
public readonly record struct SamplingSettings
{
    /// <summary>Checks and keeps the settings.</summary>
    /// <param name="temperature">0 takes the largest logit; otherwise logits are divided by it. 0 to 100.</param>
    /// <param name="topK">Only the k largest logits stay, and all that equal the k-th. At least 1; more than there are ids keeps all.</param>
    /// <param name="guidance">Scale of <see cref="ClassifierFreeGuidance"/> towards the text, 1 (none) to 10, for a model that knows what goes on
    /// without one.</param>
    /// <param name="voiceGuidance">Scale of the same towards the conversation so far, and with it the voice, 1 (none) to 10.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public SamplingSettings(float temperature, int topK, float guidance = 1, float voiceGuidance = 1)
    {
        if (!(temperature is >= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "Temperature must be 0 (argmax) to 100.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(topK, 1);
        foreach (var (name, scale) in (ReadOnlySpan<(string, float)>)[(nameof(guidance), guidance), (nameof(voiceGuidance), voiceGuidance)])
        {
            if (!ClassifierFreeGuidance.IsScale(scale))
            {
                throw new ArgumentOutOfRangeException(name, scale, $"Guidance must be 1 (none) to {ClassifierFreeGuidance.LargestScale}.");
            }
        }

        (Temperature, TopK, Guidance, VoiceGuidance) = (temperature, topK, guidance, voiceGuidance);
    }

    /// <summary>0 takes the largest logit; otherwise logits are divided by it.</summary>
    public float Temperature { get; }

    /// <summary>Only the k largest logits stay, and all that equal the k-th.</summary>
    public int TopK { get; }

    /// <summary>Scale of <see cref="ClassifierFreeGuidance"/> towards the text; 1 for none.</summary>
    public float Guidance { get; }

    /// <summary>Scale of <see cref="ClassifierFreeGuidance"/> towards the conversation so far; 1 for none.</summary>
    public float VoiceGuidance { get; }

    /// <summary>CSM's published default: temperature 0.9, the 50 largest.</summary>
    public static SamplingSettings Default => new(0.9f, 50);

    /// <summary>Always the largest logit.</summary>
    public static SamplingSettings Greedy => new(0, 1);
}
