namespace CsmAgent.Audio.Analysis;

/// <summary>How loud a recording of speech is, and how clean.</summary>
/// <param name="SpeechDb">Level of the louder half of its 20 ms steps, dBFS: the speech without its pauses.</param>
/// <param name="NoiseDb">Level of the quietest tenth of its 20 ms steps, dBFS: what remains between words.</param>
/// <param name="PeakDb">Largest sample, dBFS.</param>
/// <param name="ClippedSamples">Samples in runs of three or more at the largest magnitude, when that is above −1 dBFS.</param>
public sealed record LevelReport(double SpeechDb, double NoiseDb, double PeakDb, int ClippedSamples)
{
    private const int StepSamples = AudioFormat.SampleRateHz / 50;
    private const int ClippedRun = 3;

    /// <summary>Speech above noise in decibels.</summary>
    public double SignalToNoiseDb => SpeechDb - NoiseDb;

    /// <summary>Measures.</summary>
    /// <param name="samples">24 kHz mono.</param>
    public static LevelReport Of(ReadOnlySpan<float> samples)
    {
        var steps = new List<double>();
        for (var at = 0; at + StepSamples <= samples.Length; at += StepSamples)
        {
            var rms = Level.Rms(samples.Slice(at, StepSamples));
            steps.Add(rms * rms);
        }

        steps.Sort();
        var peak = Level.Peak(samples);
        return new LevelReport(
            steps.Count == 0 ? Level.SilenceDb : Level.ToDecibels(Math.Sqrt(steps.Skip(steps.Count / 2).Average())),
            steps.Count == 0 ? Level.SilenceDb : Level.ToDecibels(Math.Sqrt(steps.Take(Math.Max(1, steps.Count / 10)).Average())),
            Level.ToDecibels(peak),
            Clipped(samples, (float)peak));
    }

    private static int Clipped(ReadOnlySpan<float> samples, float peak)
    {
        if (peak < Level.FromDecibels(-1))
        {
            return 0;
        }

        var (clipped, run) = (0, 0);
        foreach (var sample in samples)
        {
            run = Math.Abs(sample) >= peak * 0.999f ? run + 1 : 0;
            clipped += run == ClippedRun ? ClippedRun : run > ClippedRun ? 1 : 0;
        }

        return clipped;
    }
}
