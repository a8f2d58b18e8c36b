namespace CsmAgent.Audio.Analysis;

/// <summary>The pitch of a voice over time, by the cumulative mean normalised difference (de Cheveigné and Kawahara, YIN, 2002).</summary>
/// <param name="Hertz">One value for every 10 ms; 0 where the voice has none.</param>
public sealed record PitchTrack(IReadOnlyList<float> Hertz)
{
    /// <summary>Time between values in samples.</summary>
    public const int HopSamples = AudioFormat.SampleRateHz / 100;

    private const int Rate = AudioFormat.SampleRateHz / 2;
    private const int Hop = HopSamples / 2;
    private const int LowestHz = 60;
    private const int HighestHz = 400;
    private const int Window = Rate / 40;
    private const int LongestLag = Rate / LowestHz;
    private const int ShortestLag = Rate / HighestHz;
    private const float Threshold = 0.15f;
    private const double QuietestDb = -50;
    private const double BelowSpeechDb = -12;
    private const double AboveNoiseDb = 6;

    /// <summary>The median of the values that are not 0; 0 when there are none.</summary>
    public double MedianHz
    {
        get
        {
            var voiced = Hertz.Where(hertz => hertz > 0).Order().ToList();
            return voiced.Count == 0 ? 0 : voiced[voiced.Count / 2];
        }
    }

    /// <summary>The share of values that are not 0.</summary>
    public double VoicedShare => Hertz.Count == 0 ? 0 : Hertz.Count(hertz => hertz > 0) / (double)Hertz.Count;

    /// <summary>Follows the pitch, 60 to 400 Hz.</summary>
    /// <param name="samples">24 kHz mono.</param>
    public static PitchTrack Of(ReadOnlySpan<float> samples)
    {
        // Half the rate is enough for voices and a quarter of the work.
        var half = new float[samples.Length / 2];
        for (var i = 0; i < half.Length; i++)
        {
            half[i] = 0.5f * (samples[2 * i] + samples[(2 * i) + 1]);
        }

        // Hum between words has a pitch too, which is nobody's.
        var level = LevelReport.Of(samples);
        var quietest = Level.FromDecibels(Math.Max(QuietestDb, Math.Min(level.NoiseDb + AboveNoiseDb, level.SpeechDb + BelowSpeechDb)));
        var track = new List<float>();
        Span<float> difference = stackalloc float[LongestLag + 1];
        for (var at = 0; at + Window + LongestLag <= half.Length; at += Hop)
        {
            track.Add(PitchAt(half.AsSpan(at, Window + LongestLag), difference, quietest));
        }

        return new PitchTrack(track);
    }

    private static float PitchAt(ReadOnlySpan<float> samples, Span<float> difference, double quietest)
    {
        if (Level.Rms(samples) < quietest)
        {
            return 0;
        }

        difference[0] = 1;
        var total = 0f;
        for (var lag = 1; lag <= LongestLag; lag++)
        {
            var sum = 0f;
            var a = samples[..Window];
            var b = samples.Slice(lag, Window);
            for (var i = 0; i < Window; i++)
            {
                var d = a[i] - b[i];
                sum += d * d;
            }

            total += sum;
            difference[lag] = total > 0 ? sum * lag / total : 1;
        }

        for (var lag = ShortestLag; lag < LongestLag; lag++)
        {
            if (difference[lag] >= Threshold)
            {
                continue;
            }

            while (lag + 1 < LongestLag && difference[lag + 1] < difference[lag])
            {
                lag++;
            }

            return Rate / (lag + Vertex(difference[lag - 1], difference[lag], difference[lag + 1]));
        }

        return 0;
    }

    /// <summary>The offset of a parabola's lowest point through three values, −0.5 to 0.5.</summary>
    private static float Vertex(float left, float middle, float right)
    {
        var bend = left - (2 * middle) + right;
        return bend <= 0 ? 0 : Math.Clamp(0.5f * (left - right) / bend, -0.5f, 0.5f);
    }
}
