using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Tensors.Tests.Kernels;

public sealed class ElementwiseTests
{
    public static TheoryData<int> Lengths => [1, 2, 15, 16, 17, 48, 100];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Norms_equal_their_formulas(int length)
    {
        var (x, w, b) = (Values(length, 1), Values(length, 2), Values(length, 3));
        var y = new float[length];
        var square = x.Average(v => (double)v * v);
        Elementwise.RmsNorm(x, w, 1e-5f, y);
        Near(i => x[i] / Math.Sqrt(square + 1e-5) * w[i], y, 2e-6);

        var mean = x.Average(v => (double)v);
        var variance = x.Average(v => (v - mean) * (v - mean));
        Elementwise.LayerNorm(x, w, b, 1e-5f, y);
        Near(i => ((x[i] - mean) / Math.Sqrt(variance + 1e-5) * w[i]) + b[i], y, 2e-5);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Activations_equal_their_formulas(int length)
    {
        var (x, u) = (Values(length, 4, 6), Values(length, 5));
        var y = new float[length];
        Elementwise.SwiGlu(x, u, y);
        Near(i => x[i] / (1 + Math.Exp(-x[i])) * u[i], y, 3e-6);

        Elementwise.Elu(x, y);
        Near(i => x[i] > 0 ? x[i] : Math.Exp(x[i]) - 1, y, 1e-6);

        x.CopyTo(y, 0);
        Elementwise.Gelu(y);
        Near(i => x[i] * 0.5 * (1 + Erf(x[i] / Math.Sqrt(2))), y, 2e-6);
    }

    [Fact]
    public void Activations_survive_extremes()
    {
        float[] x = [-1e30f, -100, -88, -0f, 0, 88, 100, 1e30f, float.NegativeInfinity, float.PositiveInfinity, -1, 1, -50, 50, 1e-30f, -1e-30f];
        var y = new float[16];
        Elementwise.SwiGlu(x, [.. Enumerable.Repeat(1f, 16)], y);
        Assert.Equal([88, 100, 1e30f], y[5..8]);
        Assert.All(y[..5], v => Assert.InRange(v, -1e-5f, 0));
        Elementwise.Elu(x, y);
        Assert.Equal([-1, -1], y[..2]);
        Assert.Equal([88, 100, 1e30f, -1, float.PositiveInfinity], y[5..10]);
        x[8] = -3;
        x[9] = 3;
        Elementwise.Gelu(x);
        Assert.All(x[..3], v => Assert.Equal(0, v));
        Assert.Equal([88, 100, 1e30f], x[5..8]);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Sums_and_rotations_equal_their_formulas(int length)
    {
        var (x, s) = (Values(length, 6), Values(length, 7));
        var y = Values(length, 8);
        var before = y.ToArray();
        Elementwise.Add(y, x);
        Near(i => before[i] + x[i], y, 1e-6);
        Elementwise.AddScaled(y, s, x);
        Near(i => before[i] + x[i] + (s[i] * x[i]), y, 2e-6);
        Assert.InRange(Math.Abs(Elementwise.Dot(x, s) - x.Zip(s, (a, b) => (double)a * b).Sum()), 0, 1e-5);

        var head = Values(2 * length, 9);
        var turned = head.ToArray();
        var (cos, sin) = (Values(length, 10), Values(length, 11));
        Elementwise.Rotate(turned, cos, sin);
        Near(i => i < length ? (head[i] * cos[i]) - (head[i + length] * sin[i]) : (head[i] * cos[i - length]) + (head[i - length] * sin[i - length]), turned, 1e-6);
    }

    private static void Near(Func<int, double> expected, float[] actual, double tolerance)
    {
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.InRange(Math.Abs(expected(i) - actual[i]), 0, tolerance * Math.Max(1, Math.Abs(expected(i))));
        }
    }

    private static float[] Values(int count, int seed, float range = 1.5f)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1) * range)];
    }

    // The series converges for all arguments used here.
    private static double Erf(double x)
    {
        double sum = x, term = x;
        for (var n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
