namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>What encoders and decoders require of their input.</summary>
public static class MimiFrames
{
    /// <summary>Checks samples and the room for codes.</summary>
    /// <returns>Number of frames, at least 1.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or a sample is NaN or infinite.</exception>
    public static int RequireSamples(ReadOnlySpan<float> samples, int codebooks, int roomForCodes)
    {
        const int FrameSamples = MimiConfig.FrameSamples;
        if (samples.IsEmpty || samples.Length % FrameSamples != 0)
        {
            throw new ArgumentException($"A stream takes a positive multiple of {FrameSamples} samples; {samples.Length} were given.", nameof(samples));
        }

        var frames = samples.Length / FrameSamples;
        if (roomForCodes != frames * codebooks)
        {
            throw new ArgumentException($"{frames} frames of {codebooks} codebooks need room for {frames * codebooks} codes; {roomForCodes} was given.");
        }

        for (var i = 0; i < samples.Length; i++)
        {
            if (!float.IsFinite(samples[i]))
            {
                throw new ArgumentException($"Sample {i} of {samples.Length} is {samples[i]}: audio must be finite numbers.", nameof(samples));
            }
        }

        return frames;
    }

    /// <summary>Checks codes and the room for samples.</summary>
    /// <returns>Number of frames, at least 1.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or a code is outside its codebook.</exception>
    public static int RequireCodes(ReadOnlySpan<int> codes, int codebooks, int codebookSize, int roomForSamples)
    {
        if (codes.IsEmpty || codes.Length % codebooks != 0)
        {
            throw new ArgumentException($"{codes.Length} codes are no whole frames of {codebooks} codebooks.", nameof(codes));
        }

        var frames = codes.Length / codebooks;
        if (roomForSamples != frames * MimiConfig.FrameSamples)
        {
            throw new ArgumentException(
                $"{frames} frames need room for {frames * MimiConfig.FrameSamples} samples; {roomForSamples} was given.");
        }

        for (var i = 0; i < codes.Length; i++)
        {
            if ((uint)codes[i] >= (uint)codebookSize)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(codes), codes[i], $"Frame {i / codebooks}, codebook {i % codebooks}: expected 0 to {codebookSize - 1}.");
            }
        }

        return frames;
    }

    /// <summary>Brings codes of a speech model into the codec's range: its vocabulary has a few ids more than a codebook has entries.</summary>
    /// <param name="codes">Changed in place.</param>
    /// <param name="codebookSize">Entries per codebook.</param>
    public static void Clamp(Span<int> codes, int codebookSize)
    {
        foreach (ref var code in codes)
        {
            code = Math.Clamp(code, 0, codebookSize - 1);
        }
    }
}
