using System.Numerics;

namespace CsmAgent.Training.Evaluation;

/// <summary>Power spectra of short windows.</summary>
internal static class Spectrum
{
    /// <summary>Power of bins 0 to N/2 of a Hann-windowed block whose length is a power of two.</summary>
    public static double[] Power(ReadOnlySpan<float> block)
    {
        var n = block.Length;
        var values = new Complex[n];
        for (var i = 0; i < n; i++)
        {
            var reversed = (int)(ReverseBits((uint)i) >> (32 - BitOperations.Log2((uint)n)));
            values[reversed] = block[i] * (0.5 - (0.5 * Math.Cos(2 * Math.PI * i / n)));
        }

        for (var size = 2; size <= n; size *= 2)
        {
            var turn = Complex.FromPolarCoordinates(1, -2 * Math.PI / size);
            for (var start = 0; start < n; start += size)
            {
                var factor = Complex.One;
                for (var k = 0; k < size / 2; k++)
                {
                    var (even, odd) = (values[start + k], values[start + k + (size / 2)] * factor);
                    values[start + k] = even + odd;
                    values[start + k + (size / 2)] = even - odd;
                    factor *= turn;
                }
            }
        }

        var power = new double[(n / 2) + 1];
        for (var bin = 0; bin < power.Length; bin++)
        {
            power[bin] = ((values[bin].Real * values[bin].Real) + (values[bin].Imaginary * values[bin].Imaginary)) / n;
        }

        return power;
    }

    private static uint ReverseBits(uint value)
    {
        uint result = 0;
        for (var bit = 0; bit < 32; bit++, value >>= 1)
        {
            result = (result << 1) | (value & 1);
        }

        return result;
    }
}
