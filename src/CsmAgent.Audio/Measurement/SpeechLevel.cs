namespace CsmAgent.Audio.Measurement;

/// <summary>How loud speech is, pauses left out.</summary>
public static class SpeechLevel
{
    private const int WindowSamples = AudioFormat.SampleRateHz / 50;
    private const double PauseDb = 30;

    /// <summary>The active level: RMS of the 20 ms windows that are within 30 dB of the loudest.</summary>
    /// <param name="samples">24 kHz mono.</param>
    /// <returns>dBFS; <see cref="LevelMeter.FloorDb"/> for silence.</returns>
    public static double ActiveDb(ReadOnlySpan<float> samples)
    {
        var windows = new List<double>((samples.Length / WindowSamples) + 1);
        for (var at = 0; at < samples.Length; at += WindowSamples)
        {
            var window = samples[at..Math.Min(samples.Length, at + WindowSamples)];
            windows.Add(SignalMath.Energy(window) / window.Length);
        }

        var loudest = windows.Count == 0 ? 0 : windows.Max();
        if (loudest <= 1e-10)
        {
            return LevelMeter.FloorDb;
        }

        var active = windows.Where(power => power > loudest * Math.Pow(10, -PauseDb / 10)).Average();
        return 10 * Math.Log10(active);
    }

    /// <summary>The gain that brings speech to a level without clipping it.</summary>
    /// <param name="samples">24 kHz mono.</param>
    /// <param name="targetDb">Wanted active level, for example -23 dBFS.</param>
    /// <returns>A factor; 1 for silence.</returns>
    public static float GainTo(ReadOnlySpan<float> samples, double targetDb)
    {
        var peak = 0f;
        foreach (var sample in samples)
        {
            peak = Math.Max(peak, Math.Abs(sample));
        }

        var level = ActiveDb(samples);
        return level <= LevelMeter.FloorDb ? 1 : (float)Math.Min(Math.Pow(10, (targetDb - level) / 20), 0.99 / peak);
    }
}
