using System.Numerics;

namespace CsmAgent.Audio.Measurement;

/// <summary>The few sums that filters and meters share.</summary>
internal static class SignalMath
{
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        }

        var total = Vector.Sum(sum);
        for (; i < a.Length; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }

    public static double Energy(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples)
        {
            sum += (double)sample * sample;
        }

        return sum;
    }

    /// <summary>sum += a * b, element by element of complex spectra.</summary>
    public static void MultiplyAdd(
        (float[] Real, float[] Imaginary) a, (float[] Real, float[] Imaginary) b, float[] sumReal, float[] sumImaginary)
    {
        // Sizes are powers of two, at least as wide as a vector except in the smallest, which the loop below finishes.
        var i = 0;
        for (; i <= sumReal.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (ar, ai) = (new Vector<float>(a.Real, i), new Vector<float>(a.Imaginary, i));
            var (br, bi) = (new Vector<float>(b.Real, i), new Vector<float>(b.Imaginary, i));
            (new Vector<float>(sumReal, i) + (ar * br) - (ai * bi)).CopyTo(sumReal, i);
            (new Vector<float>(sumImaginary, i) + (ar * bi) + (ai * br)).CopyTo(sumImaginary, i);
        }

        for (; i < sumReal.Length; i++)
        {
            sumReal[i] += (a.Real[i] * b.Real[i]) - (a.Imaginary[i] * b.Imaginary[i]);
            sumImaginary[i] += (a.Real[i] * b.Imaginary[i]) + (a.Imaginary[i] * b.Real[i]);
        }
    }
}
