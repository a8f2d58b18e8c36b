namespace CsmAgent.Training.Evaluation;

/// <summary>A small measure of who speaks: the mean log energy of 32 mel bands over the loud frames, level removed. It knows
/// timbre and recording, not manner of speaking; it tells a handful of known voices apart and is no speaker verification.</summary>
public sealed class VoicePrint
{
    private const int Window = 1_024;
    private const int Hop = 512;
    private const int Bands = 32;
    private static readonly float[,] Bank = Codec.MelLoss.FilterBank(Window, Bands);

    private readonly double[] _bands;

    private VoicePrint(double[] bands) => _bands = bands;

    /// <summary>Measures recordings of one voice.</summary>
    /// <param name="recordings">Samples at 24 kHz.</param>
    public static VoicePrint Of(params IEnumerable<float[]> recordings)
    {
        var frames = recordings.SelectMany(Frames).ToList();
        if (frames.Count == 0)
        {
            return new(new double[Bands]);
        }

        var loudness = frames.Select(frame => frame.Average()).Order().ToList();
        var threshold = loudness[loudness.Count / 2];
        var mean = new double[Bands];
        var count = 0;
        foreach (var frame in frames.Where(frame => frame.Average() >= threshold))
        {
            count++;
            for (var band = 0; band < Bands; band++)
            {
                mean[band] += frame[band];
            }
        }

        var level = mean.Average();
        return new([.. mean.Select(value => (value - level) / count)]);
    }

    /// <summary>Distance in dB: root mean square over the bands.</summary>
    /// <param name="other">Another print.</param>
    public double Distance(VoicePrint other) =>
        10 * Math.Sqrt(_bands.Zip(other._bands, (a, b) => (a - b) * (a - b)).Average());

    /// <summary>The nearest of known voices.</summary>
    /// <param name="voices">Prints by name.</param>
    public string Nearest(IReadOnlyDictionary<string, VoicePrint> voices) => voices.MinBy(voice => Distance(voice.Value)).Key;

    private static IEnumerable<double[]> Frames(float[] samples)
    {
        for (var start = 0; start + Window <= samples.Length; start += Hop)
        {
            var spectrum = Spectrum.Power(samples.AsSpan(start, Window));
            var bands = new double[Bands];
            for (var band = 0; band < Bands; band++)
            {
                double energy = 1e-9;
                for (var bin = 0; bin < spectrum.Length; bin++)
                {
                    energy += Bank[band, bin] * spectrum[bin];
                }

                bands[band] = Math.Log10(energy);
            }

            yield return bands;
        }
    }
}
