namespace CsmAgent.Audio.Analysis;

/// <summary>Changes the pace of speech without its pitch: overlapping windows, each taken where it continues the one before best
/// (WSOLA, Verhelst and Roelands 1993).</summary>
public static class TimeStretch
{
    private const int Window = AudioFormat.SampleRateHz * 30 / 1_000;
    private const int Hop = Window / 2;
    private const int Search = AudioFormat.SampleRateHz * 8 / 1_000;

    /// <summary>Makes speech faster or slower.</summary>
    /// <param name="samples">24 kHz mono.</param>
    /// <param name="pace">0.5 (half as fast) to 2 (twice as fast).</param>
    /// <returns>New samples, <c>length / pace</c> of them.</returns>
    public static float[] Apply(ReadOnlySpan<float> samples, double pace)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pace, 0.5);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pace, 2);
        var length = (int)Math.Round(samples.Length / pace);
        if (Math.Abs(pace - 1) < 1e-6 || samples.Length < 2 * Window)
        {
            return samples.ToArray();
        }

        var output = new float[length + Window];
        var source = 0;
        for (var at = 0; at < length; at += Hop)
        {
            var ideal = (int)Math.Round(at * pace);
            source = at == 0 ? 0 : Best(samples, source + Hop, ideal);
            var count = Math.Min(Window, samples.Length - source);
            for (var i = 0; i < count; i++)
            {
                // Hann windows at half their length apart add up to one; the first has nothing before it.
                var weight = at == 0 && i < Hop ? 1 : 0.5 - (0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / Window));
                output[at + i] += (float)(samples[source + i] * weight);
            }
        }

        return output[..length];
    }

    /// <summary>Near <paramref name="ideal"/>, the place most like what would have followed naturally.</summary>
    private static int Best(ReadOnlySpan<float> samples, int natural, int ideal)
    {
        var last = samples.Length - Hop;
        ideal = Math.Clamp(ideal, 0, Math.Max(0, last));
        if (natural + Hop > samples.Length)
        {
            return ideal;
        }

        var follow = samples.Slice(natural, Hop);
        var (best, bestScore) = (ideal, double.NegativeInfinity);
        for (var candidate = Math.Max(0, ideal - Search); candidate <= Math.Min(last, ideal + Search); candidate += 2)
        {
            var piece = samples.Slice(candidate, Hop);
            var (dot, energy) = (0f, 1e-9f);
            for (var i = 0; i < Hop; i += 2)
            {
                dot += follow[i] * piece[i];
                energy += piece[i] * piece[i];
            }

            var score = dot / Math.Sqrt(energy);
            if (score > bestScore)
            {
                (best, bestScore) = (candidate, score);
            }
        }

        return best;
    }
}
