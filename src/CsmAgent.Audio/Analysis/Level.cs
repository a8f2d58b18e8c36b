namespace CsmAgent.Audio.Analysis;

/// <summary>Amplitudes and decibels. Full scale is 1, which is 0 dBFS.</summary>
public static class Level
{
    /// <summary>The quietest level shown: −120 dBFS.</summary>
    public const double SilenceDb = -120;

    /// <summary>Root mean square; 0 for no samples.</summary>
    public static double Rms(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples)
        {
            sum += (double)sample * sample;
        }

        return samples.Length == 0 ? 0 : Math.Sqrt(sum / samples.Length);
    }

    /// <summary>The largest magnitude; 0 for no samples.</summary>
    public static double Peak(ReadOnlySpan<float> samples)
    {
        var peak = 0f;
        foreach (var sample in samples)
        {
            peak = Math.Max(peak, Math.Abs(sample));
        }

        return peak;
    }

    /// <summary>20·log10, at least <see cref="SilenceDb"/>.</summary>
    public static double ToDecibels(double amplitude) =>
        amplitude <= 1e-6 ? SilenceDb : 20 * Math.Log10(amplitude);

    /// <summary>The amplitude of a level in decibels.</summary>
    public static double FromDecibels(double decibels) => Math.Pow(10, decibels / 20);
}
