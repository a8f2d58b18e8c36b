using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Kernels;

/// <summary>The small steps between the products. Vectors of sixteen floats; the rest one by one.</summary>
public static class Elementwise
{
    /// <summary>Root-mean-square normalisation: y = x / √(mean(x²) + ε) · weight.</summary>
    /// <param name="x">The row; borrowed.</param>
    /// <param name="weight">Scale per value.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="y">Receives the result; may be <paramref name="x"/>.</param>
    public static void RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        SameLength(x.Length, weight.Length, y.Length);
        var scale = 1 / MathF.Sqrt((Dot(x, x) / x.Length) + epsilon);
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            Store(Load(x, i) * scale * Load(weight, i), y, i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = x[i] * scale * weight[i];
        }
    }

    /// <summary>Layer normalisation: y = (x − mean) / √(variance + ε) · weight + bias.</summary>
    /// <param name="x">The row; borrowed.</param>
    /// <param name="weight">Scale per value.</param>
    /// <param name="bias">Shift per value.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="y">Receives the result; may be <paramref name="x"/>.</param>
    public static void LayerNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> y)
    {
        SameLength(x.Length, weight.Length, y.Length);
        SameLength(x.Length, bias.Length, y.Length);
        var mean = Sum(x) / x.Length;
        var square = 0f;
        var squares = Vector512<float>.Zero;
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            var d = Load(x, i) - Vector512.Create(mean);
            squares = Vector512.FusedMultiplyAdd(d, d, squares);
        }

        for (; i < x.Length; i++)
        {
            square += (x[i] - mean) * (x[i] - mean);
        }

        var scale = 1 / MathF.Sqrt(((square + Vector512.Sum(squares)) / x.Length) + epsilon);
        for (i = 0; i + 16 <= x.Length; i += 16)
        {
            Store(Vector512.FusedMultiplyAdd((Load(x, i) - Vector512.Create(mean)) * scale, Load(weight, i), Load(bias, i)), y, i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = ((x[i] - mean) * scale * weight[i]) + bias[i];
        }
    }

    /// <summary>SwiGLU: y = silu(gate) · up, silu(v) = v / (1 + e^−v).</summary>
    /// <param name="gate">Gate row.</param>
    /// <param name="up">Up row.</param>
    /// <param name="y">Receives the result; may be <paramref name="gate"/>.</param>
    public static void SwiGlu(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y)
    {
        SameLength(gate.Length, up.Length, y.Length);
        var i = 0;
        for (; i + 16 <= gate.Length; i += 16)
        {
            var g = Load(gate, i);
            Store(g / (Vector512<float>.One + Vector512.Exp(-g)) * Load(up, i), y, i);
        }

        for (; i < gate.Length; i++)
        {
            y[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
        }
    }

    /// <summary>ELU with α = 1: y = x above 0, e^x − 1 below.</summary>
    /// <param name="x">Values.</param>
    /// <param name="y">Receives the result; may be <paramref name="x"/>.</param>
    public static void Elu(ReadOnlySpan<float> x, Span<float> y)
    {
        SameLength(x.Length, x.Length, y.Length);
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            var v = Load(x, i);
            var below = Vector512.Exp(Vector512.Min(v, Vector512<float>.Zero)) - Vector512<float>.One;
            Store(Vector512.ConditionalSelect(Vector512.GreaterThan(v, Vector512<float>.Zero), v, below), y, i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = x[i] > 0 ? x[i] : MathF.Exp(x[i]) - 1;
        }
    }

    /// <summary>The exact GELU: x · Φ(x), Φ the normal distribution.</summary>
    /// <param name="x">Values, changed in place.</param>
    public static void Gelu(Span<float> x)
    {
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            var v = Load(x, i);
            Store(v * 0.5f * (Vector512<float>.One + Erf(v * 0.70710678f)), x, i);
        }

        if (i < x.Length)
        {
            Span<float> rest = stackalloc float[16];
            x[i..].CopyTo(rest);
            Gelu(rest);
            rest[..(x.Length - i)].CopyTo(x[i..]);
        }
    }

    /// <summary>y += x.</summary>
    /// <param name="y">Changed.</param>
    /// <param name="x">Added.</param>
    public static void Add(Span<float> y, ReadOnlySpan<float> x)
    {
        SameLength(y.Length, x.Length, y.Length);
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            Store(Load(y, i) + Load(x, i), y, i);
        }

        for (; i < x.Length; i++)
        {
            y[i] += x[i];
        }
    }

    /// <summary>y += scale · x, value by value.</summary>
    /// <param name="y">Changed.</param>
    /// <param name="scale">Factor per value.</param>
    /// <param name="x">Added after scaling.</param>
    public static void AddScaled(Span<float> y, ReadOnlySpan<float> scale, ReadOnlySpan<float> x)
    {
        SameLength(y.Length, x.Length, scale.Length);
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            Store(Vector512.FusedMultiplyAdd(Load(x, i), Load(scale, i), Load(y, i)), y, i);
        }

        for (; i < x.Length; i++)
        {
            y[i] += x[i] * scale[i];
        }
    }

    /// <summary>Σ x·y.</summary>
    /// <param name="x">Values.</param>
    /// <param name="y">As many.</param>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        SameLength(x.Length, y.Length, y.Length);
        Vector512<float> a = default, b = default;
        var i = 0;
        for (; i + 32 <= x.Length; i += 32)
        {
            a = Vector512.FusedMultiplyAdd(Load(x, i), Load(y, i), a);
            b = Vector512.FusedMultiplyAdd(Load(x, i + 16), Load(y, i + 16), b);
        }

        var sum = Vector512.Sum(a + b);
        for (; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Rotary position: turns the pairs (i, i + half) of a head by an angle each.</summary>
    /// <param name="head">One head's vector; changed.</param>
    /// <param name="cos">Cosine per pair, half as many as <paramref name="head"/> has values.</param>
    /// <param name="sin">Sine per pair.</param>
    public static void Rotate(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        var half = head.Length / 2;
        SameLength(half, cos.Length, sin.Length);
        var j = 0;
        for (; j + 16 <= half; j += 16)
        {
            var (a, b, c, s) = (Load(head, j), Load(head, j + half), Load(cos, j), Load(sin, j));
            Store((a * c) - (b * s), head, j);
            Store((b * c) + (a * s), head, j + half);
        }

        for (; j < half; j++)
        {
            var (a, b) = (head[j], head[j + half]);
            head[j] = (a * cos[j]) - (b * sin[j]);
            head[j + half] = (b * cos[j]) + (a * sin[j]);
        }
    }

    private static float Sum(ReadOnlySpan<float> x)
    {
        var sums = Vector512<float>.Zero;
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            sums += Load(x, i);
        }

        var sum = Vector512.Sum(sums);
        for (; i < x.Length; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    // Abramowitz and Stegun 7.1.26 is good to 1.5e-7, which floats cannot tell from exact.
    private static Vector512<float> Erf(Vector512<float> x)
    {
        var magnitude = Vector512.Abs(x);
        var t = Vector512<float>.One / Vector512.FusedMultiplyAdd(magnitude, Vector512.Create(0.3275911f), Vector512<float>.One);
        var p = Vector512.Create(1.061405429f);
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-1.453152027f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(1.421413741f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-0.284496736f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.254829592f));
        var y = Vector512<float>.One - (p * t * Vector512.Exp(-magnitude * magnitude));
        return Vector512.CopySign(y, x);
    }

    private static void SameLength(int a, int b, int c)
    {
        if (a != b || a != c)
        {
            throw new ArgumentException($"Spans of {a}, {b} and {c} values do not belong together.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(ReadOnlySpan<float> x, int i) => Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> value, Span<float> y, int i) => value.StoreUnsafe(ref MemoryMarshal.GetReference(y), (nuint)i);
}
