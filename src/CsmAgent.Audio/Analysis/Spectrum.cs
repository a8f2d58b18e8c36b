using System.Numerics;

namespace CsmAgent.Audio.Analysis;

/// <summary>The long-term average spectrum of speech.</summary>
public static class Spectrum
{
    private const int Size = 1_024;
    private const int Hop = 512;

    /// <summary>Mean power in each of 513 bins, 0 to 12 kHz in steps of 23.4 Hz, over the audible steps (Hann window).</summary>
    /// <param name="samples">24 kHz mono.</param>
    public static double[] MeanPower(ReadOnlySpan<float> samples)
    {
        var power = new double[(Size / 2) + 1];
        var block = new Complex[Size];
        var floor = Level.Rms(samples) * 0.1;
        for (var at = 0; at + Size <= samples.Length; at += Hop)
        {
            if (Level.Rms(samples.Slice(at, Size)) < floor)
            {
                continue;
            }

            for (var i = 0; i < Size; i++)
            {
                block[i] = samples[at + i] * (0.5 - (0.5 * Math.Cos(2 * Math.PI * i / Size)));
            }

            Transform(block);
            for (var bin = 0; bin < power.Length; bin++)
            {
                power[bin] += (block[bin].Real * block[bin].Real) + (block[bin].Imaginary * block[bin].Imaginary);
            }
        }

        return power;
    }

    /// <summary>Spectral tilt: the slope of the spectrum from 300 Hz to 8 kHz in decibels per octave, each octave weighing the
    /// same; more negative is darker. 0 for silence.</summary>
    /// <param name="samples">24 kHz mono.</param>
    public static double TiltDbPerOctave(ReadOnlySpan<float> samples)
    {
        var power = MeanPower(samples);
        var points = new List<(double Octave, double Db)>();
        for (var band = 0; band < 15; band++)
        {
            // Thirds of an octave from 300 Hz.
            var (low, high) = (300 * Math.Pow(2, band / 3.0), 300 * Math.Pow(2, (band + 1) / 3.0));
            if (high > 8_100)
            {
                break;
            }

            var bins = Enumerable.Range(0, power.Length)
                .Where(bin => bin * (double)AudioFormat.SampleRateHz / Size is var hertz && hertz >= low && hertz < high).ToList();
            if (bins.Count > 0 && bins.Sum(bin => power[bin]) is var sum && sum > 1e-12)
            {
                points.Add((band / 3.0, 10 * Math.Log10(sum / bins.Count)));
            }
        }

        if (points.Count < 2)
        {
            return 0;
        }

        var (x, y) = (points.Average(point => point.Octave), points.Average(point => point.Db));
        return points.Sum(point => (point.Octave - x) * (point.Db - y)) / points.Sum(point => (point.Octave - x) * (point.Octave - x));
    }

    /// <summary>In-place radix-2 transform.</summary>
    private static void Transform(Complex[] values)
    {
        for (int i = 1, j = 0; i < values.Length; i++)
        {
            var bit = values.Length >> 1;
            for (; (j & bit) != 0; bit >>= 1)
            {
                j ^= bit;
            }

            j ^= bit;
            if (i < j)
            {
                (values[i], values[j]) = (values[j], values[i]);
            }
        }

        for (var length = 2; length <= values.Length; length <<= 1)
        {
            var step = Complex.FromPolarCoordinates(1, -2 * Math.PI / length);
            for (var start = 0; start < values.Length; start += length)
            {
                var twiddle = Complex.One;
                for (var k = 0; k < length / 2; k++)
                {
                    var (even, odd) = (values[start + k], values[start + k + (length / 2)] * twiddle);
                    (values[start + k], values[start + k + (length / 2)]) = (even + odd, even - odd);
                    twiddle *= step;
                }
            }
        }
    }
}
