using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Kernels;

/// <summary>The small steps between the products. Vectors of eight floats, two at a time where sums would wait for each other; the rest one by one.</summary>
/// <remarks>Compiled in full at once: a conversation's first frames cannot wait for code to prove itself hot.</remarks>
public static class Elementwise
{
    /// <summary>Root-mean-square normalisation: y = x / √(mean(x²) + ε) · weight.</summary>
    /// <param name="x">The row; borrowed.</param>
    /// <param name="weight">Scale per value.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="y">Receives the result; may be <paramref name="x"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        SameLength(x.Length, weight.Length, y.Length);
        var scale = 1 / MathF.Sqrt((Dot(x, x) / x.Length) + epsilon);
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayerNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> y)
    {
        SameLength(x.Length, weight.Length, y.Length);
        SameLength(x.Length, bias.Length, y.Length);
        var mean = Sum(x) / x.Length;
        var square = 0f;
        var squares = Vector256<float>.Zero;
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            var d = Load(x, i) - Vector256.Create(mean);
            squares = Vector256.FusedMultiplyAdd(d, d, squares);
        }

        for (; i < x.Length; i++)
        {
            square += (x[i] - mean) * (x[i] - mean);
        }

        var scale = 1 / MathF.Sqrt(((square + Vector256.Sum(squares)) / x.Length) + epsilon);
        for (i = 0; i + 8 <= x.Length; i += 8)
        {
            Store(Vector256.FusedMultiplyAdd((Load(x, i) - Vector256.Create(mean)) * scale, Load(weight, i), Load(bias, i)), y, i);
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SwiGlu(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y)
    {
        SameLength(gate.Length, up.Length, y.Length);
        var i = 0;
        for (; i + 8 <= gate.Length; i += 8)
        {
            var g = Load(gate, i);
            Store(g / (Vector256<float>.One + Exponential.Of(-g)) * Load(up, i), y, i);
        }

        for (; i < gate.Length; i++)
        {
            y[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
        }
    }

    /// <summary>ELU with α = 1: y = x above 0, e^x − 1 below.</summary>
    /// <param name="x">Values.</param>
    /// <param name="y">Receives the result; may be <paramref name="x"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Elu(ReadOnlySpan<float> x, Span<float> y)
    {
        SameLength(x.Length, x.Length, y.Length);
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            var v = Load(x, i);
            var below = Exponential.Of(v) - Vector256<float>.One;
            Store(Vector256.ConditionalSelect(Vector256.GreaterThan(v, Vector256<float>.Zero), v, below), y, i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = x[i] > 0 ? x[i] : MathF.Exp(x[i]) - 1;
        }
    }

    /// <summary>The exact GELU: x · Φ(x), Φ the normal distribution.</summary>
    /// <param name="x">Values, changed in place.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gelu(Span<float> x)
    {
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            var v = Load(x, i);
            Store(v * 0.5f * (Vector256<float>.One + Erf(v * 0.70710678f)), x, i);
        }

        if (i < x.Length)
        {
            Span<float> rest = stackalloc float[8];
            x[i..].CopyTo(rest);
            Gelu(rest);
            rest[..(x.Length - i)].CopyTo(x[i..]);
        }
    }

    /// <summary>y += x.</summary>
    /// <param name="y">Changed.</param>
    /// <param name="x">Added.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<float> y, ReadOnlySpan<float> x)
    {
        SameLength(y.Length, x.Length, y.Length);
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(Span<float> y, ReadOnlySpan<float> scale, ReadOnlySpan<float> x)
    {
        SameLength(y.Length, x.Length, scale.Length);
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            Store(Vector256.FusedMultiplyAdd(Load(x, i), Load(scale, i), Load(y, i)), y, i);
        }

        for (; i < x.Length; i++)
        {
            y[i] += x[i] * scale[i];
        }
    }

    /// <summary>Σ x·y.</summary>
    /// <param name="x">Values.</param>
    /// <param name="y">As many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        SameLength(x.Length, y.Length, y.Length);
        Vector256<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 32 <= x.Length; i += 32)
        {
            a = Vector256.FusedMultiplyAdd(Load(x, i), Load(y, i), a);
            b = Vector256.FusedMultiplyAdd(Load(x, i + 8), Load(y, i + 8), b);
            c = Vector256.FusedMultiplyAdd(Load(x, i + 16), Load(y, i + 16), c);
            d = Vector256.FusedMultiplyAdd(Load(x, i + 24), Load(y, i + 24), d);
        }

        var sum = Vector256.Sum((a + b) + (c + d));
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        var half = head.Length / 2;
        SameLength(half, cos.Length, sin.Length);
        var j = 0;
        for (; j + 8 <= half; j += 8)
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
        var sums = Vector256<float>.Zero;
        var i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            sums += Load(x, i);
        }

        var sum = Vector256.Sum(sums);
        for (; i < x.Length; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    // Abramowitz and Stegun 7.1.26 is good to 1.5e-7, which floats cannot tell from exact.
    private static Vector256<float> Erf(Vector256<float> x)
    {
        var magnitude = Vector256.Abs(x);
        var t = Vector256<float>.One / Vector256.FusedMultiplyAdd(magnitude, Vector256.Create(0.3275911f), Vector256<float>.One);
        var p = Vector256.Create(1.061405429f);
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-1.453152027f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(1.421413741f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-0.284496736f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.254829592f));
        var y = Vector256<float>.One - (p * t * Exponential.Of(-magnitude * magnitude));
        return Vector256.CopySign(y, x);
    }

    private static void SameLength(int a, int b, int c)
    {
        if (a != b || a != c)
        {
            throw new ArgumentException($"Spans of {a}, {b} and {c} values do not belong together.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(ReadOnlySpan<float> x, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> value, Span<float> y, int i) => value.StoreUnsafe(ref MemoryMarshal.GetReference(y), (nuint)i);
}
