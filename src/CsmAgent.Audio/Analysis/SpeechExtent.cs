namespace CsmAgent.Audio.Analysis;

/// <summary>Where sound begins and ends in a recording.</summary>
/// <param name="Start">First sample of the first audible 10 ms.</param>
/// <param name="End">One past the last sample of the last audible 10 ms.</param>
public readonly record struct SpeechExtent(int Start, int End)
{
    private const int HopSamples = AudioFormat.SampleRateHz / 100;
    private const double BelowPeakDb = -38;
    private const double FloorDb = -58;

    /// <summary>Samples between start and end.</summary>
    public int Length => End - Start;

    /// <summary>True when nothing is audible.</summary>
    public bool IsEmpty => End <= Start;

    /// <summary>Finds the audible part: 10 ms steps louder than 38 dB below the loudest one, and than −58 dBFS.</summary>
    /// <param name="samples">24 kHz mono.</param>
    public static SpeechExtent Find(ReadOnlySpan<float> samples)
    {
        var loudest = 0.0;
        for (var at = 0; at < samples.Length; at += HopSamples)
        {
            loudest = Math.Max(loudest, Level.Rms(Hop(samples, at)));
        }

        var threshold = Math.Max(loudest * Level.FromDecibels(BelowPeakDb), Level.FromDecibels(FloorDb));
        var (first, last) = (-1, -1);
        for (var at = 0; at < samples.Length; at += HopSamples)
        {
            if (Level.Rms(Hop(samples, at)) > threshold)
            {
                first = first < 0 ? at : first;
                last = at;
            }
        }

        return first < 0 ? default : new SpeechExtent(first, Math.Min(samples.Length, last + HopSamples));
    }

    private static ReadOnlySpan<float> Hop(ReadOnlySpan<float> samples, int at) =>
        samples.Slice(at, Math.Min(HopSamples, samples.Length - at));
}
