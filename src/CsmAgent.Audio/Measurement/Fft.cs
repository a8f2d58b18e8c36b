namespace CsmAgent.Audio.Measurement;

/// <summary>A radix-2 complex Fourier transform of one size, in place and without allocation.</summary>
internal sealed class Fft
{
    private readonly int[] _reversed;
    private readonly float[] _cos;
    private readonly float[] _sin;

    /// <param name="size">A power of two, at least 2.</param>
    public Fft(int size)
    {
        if (size < 2 || !int.IsPow2(size))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A power of two, at least 2, is needed.");
        }

        Size = size;
        _reversed = new int[size];
        var bits = int.Log2(size);
        for (var i = 0; i < size; i++)
        {
            _reversed[i] = (_reversed[i >> 1] >> 1) | ((i & 1) << (bits - 1));
        }

        (_cos, _sin) = (new float[size / 2], new float[size / 2]);
        for (var i = 0; i < size / 2; i++)
        {
            var (sin, cos) = Math.SinCos(-2 * Math.PI * i / size);
            (_cos[i], _sin[i]) = ((float)cos, (float)sin);
        }
    }

    public int Size { get; }

    /// <summary>X[k] = sum of x[n] e^(-2 pi i k n / size).</summary>
    public void Forward(Span<float> real, Span<float> imaginary)
    {
        for (var i = 0; i < Size; i++)
        {
            var j = _reversed[i];
            if (i < j)
            {
                (real[i], real[j]) = (real[j], real[i]);
                (imaginary[i], imaginary[j]) = (imaginary[j], imaginary[i]);
            }
        }

        for (var half = 1; half < Size; half *= 2)
        {
            var stride = Size / (2 * half);
            for (var start = 0; start < Size; start += 2 * half)
            {
                for (var k = 0; k < half; k++)
                {
                    var (cos, sin) = (_cos[k * stride], _sin[k * stride]);
                    var (a, b) = (start + k, start + k + half);
                    var re = (real[b] * cos) - (imaginary[b] * sin);
                    var im = (real[b] * sin) + (imaginary[b] * cos);
                    (real[b], imaginary[b]) = (real[a] - re, imaginary[a] - im);
                    (real[a], imaginary[a]) = (real[a] + re, imaginary[a] + im);
                }
            }
        }
    }

    /// <summary>The inverse, scaled by 1 / size.</summary>
    public void Inverse(Span<float> real, Span<float> imaginary)
    {
        // Swapping the parts before and after conjugates both ways.
        Forward(imaginary, real);
        var scale = 1f / Size;
        for (var i = 0; i < Size; i++)
        {
            real[i] *= scale;
            imaginary[i] *= scale;
        }
    }
}
