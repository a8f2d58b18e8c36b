using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Tests.Kernels;

public sealed unsafe class ProductTests
{
    public static TheoryData<WeightFormat, int, int, int> Shapes()
    {
        var data = new TheoryData<WeightFormat, int, int, int>();
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            foreach (var (rows, columns) in new[] { (1, 1), (15, 3), (16, 64), (17, 65), (67, 48), (33, 200), (48, 160), (80, 127), (51, 256) })
            {
                foreach (var count in new[] { 1, 2, 3, 4, 7, 9, 17 })
                {
                    data.Add(format, rows, columns, count);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_product_equals_its_formula(WeightFormat format, int rows, int columns, int count)
    {
        var random = new Random(rows * 1000 + columns + count);
        var w = PackedMatrix.Pack(Values(random, rows * columns), rows, columns, format, 32);
        using var x = Rows(random, count, columns, 32);
        using var y = new ActivationRows(count, rows);

        w.Multiply(x, y, count, 0, w.Blocks);

        for (var i = 0; i < count; i++)
        {
            var exact = PlainProduct.Exact(w, x[i]);
            var size = Math.Sqrt(exact.Average(v => v * v)) + 1e-6;
            for (var r = 0; r < rows; r++)
            {
                // Eight-bit activations: each product is off by at most half a step of 1/127 of the group's peak.
                Assert.InRange(Math.Abs(exact[r] - y[i][r]), 0, PackedMatrix.IsInteger(format) ? 0.08 * size + 0.05 : 2e-5 * size + 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.Int8)]
    public void Integer_products_equal_the_plain_reference_bit_for_bit_on_every_instruction_set(WeightFormat format)
    {
        foreach (var group in new[] { 16, 32, 64, 128 })
        {
            foreach (var (rows, columns, count) in new[] { (16, 64, 1), (35, 130, 3), (67, 48, 7), (20, 400, 4) })
            {
                foreach (var kind in new[] { "normal", "zeros", "extremes", "one spike", "tiny" })
                {
                    var random = new Random(group + rows);
                    var w = PackedMatrix.Pack(Values(random, rows * columns, kind), rows, columns, format, group);
                    using var x = Rows(random, count, columns, group, kind);
                    using var y = new ActivationRows(count, rows);
                    foreach (var (name, multiply) in InstructionSets())
                    {
                        new Span<float>(y.Values, count * rows).Fill(float.NaN);
                        multiply(w, x, y, count);
                        for (var i = 0; i < count; i++)
                        {
                            var expected = PlainProduct.Quantized(w, x[i]);
                            Assert.True(expected.AsSpan().SequenceEqual(y[i]), $"{name} {format} group {group} {rows}x{columns} row {i} {kind}");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void A_row_in_a_batch_equals_the_row_alone()
    {
        foreach (var format in new[] { WeightFormat.Int4, WeightFormat.Int8 })
        {
            var random = new Random(5);
            var w = PackedMatrix.Pack(Values(random, 50 * 192), 50, 192, format);
            using var x = Rows(random, 7, 192, 64);
            using var together = new ActivationRows(7, 50);
            using var alone = new ActivationRows(7, 50);

            w.Multiply(x, together, 7, 0, w.Blocks);
            for (var i = 0; i < 7; i++)
            {
                w.Multiply(x, i, 1, alone, i, 1, 1, 0, w.Blocks);
            }

            Assert.True(together.Slice(0, 7).SequenceEqual(alone.Slice(0, 7)));
        }
    }

    [Theory]
    [InlineData(WeightFormat.Float32)]
    [InlineData(WeightFormat.Int8)]
    public void Windows_over_several_rows_are_a_strided_convolution(WeightFormat format)
    {
        const int Channels = 32, Taps = 4, Stride = 2, Outputs = 24, Steps = 9;
        var random = new Random(3);
        var w = PackedMatrix.Pack(Values(random, Outputs * Taps * Channels), Outputs, Taps * Channels, format, 32);
        using var x = Rows(random, (Steps - 1) * Stride + Taps, Channels, 32);
        using var y = new ActivationRows(Steps * 2, Outputs / 2);

        w.Multiply(x, 0, Stride, y, 0, 2, Steps, 0, w.Blocks);

        for (var t = 0; t < Steps; t++)
        {
            var expected = PlainProduct.Exact(w, x.Slice(t * Stride, Taps));
            for (var r = 0; r < Outputs; r++)
            {
                Assert.InRange(Math.Abs(expected[r] - y[(t * 2) + (r / 12)][r % 12]), 0, format == WeightFormat.Float32 ? 1e-4 : 1);
            }
        }
    }

    [Fact]
    public void Threads_that_share_the_blocks_give_the_whole_product()
    {
        var random = new Random(8);
        var w = PackedMatrix.Pack(Values(random, 100 * 64), 100, 64, WeightFormat.Int4);
        using var x = Rows(random, 1, 64, 64);
        using var whole = new ActivationRows(1, 100);
        using var parts = new ActivationRows(1, 100);

        w.Multiply(x, whole, 1, 0, w.Blocks);
        w.Multiply(x, parts, 1, 0, 3);
        w.Multiply(x, parts, 1, 3, w.Blocks);

        Assert.True(whole[0].SequenceEqual(parts[0]));
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused_before_anything_is_read()
    {
        var w = PackedMatrix.Pack(new float[16 * 64], 16, 64, WeightFormat.Int8);
        using var wrongGroup = new ActivationRows(1, 64, 32);
        using var small = new ActivationRows(1, 32, 64);
        using var y = new ActivationRows(1, 16);
        using var narrow = new ActivationRows(1, 15);

        Assert.Throws<ArgumentException>(() => w.Multiply(wrongGroup, y, 1, 0, 1));
        Assert.Throws<ArgumentException>(() => w.Multiply(small, y, 2, 0, 1));
        using var x = new ActivationRows(1, 64, 64);
        Assert.Throws<ArgumentException>(() => w.Multiply(x, narrow, 1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => w.Multiply(x, y, 1, 0, 2));
        Assert.Throws<ArgumentException>(() => w.SetRow(0, [.. Enumerable.Repeat(float.NaN, 64)]));
    }

    [Fact]
    public void Not_a_number_in_the_activations_is_not_hidden_by_eight_bits()
    {
        var w = PackedMatrix.Pack([.. Enumerable.Repeat(1f, 16 * 64)], 16, 64, WeightFormat.Int8);
        using var x = new ActivationRows(1, 64, 64);
        using var y = new ActivationRows(1, 16);
        x[0][13] = float.NaN;
        x.Quantize(0);

        w.Multiply(x, y, 1, 0, 1);

        Assert.True(float.IsNaN(y[0][0]));
    }

    [Fact]
    public void Formats_lose_no_more_than_their_bits_cost()
    {
        var random = new Random(2);
        var weights = Values(random, 64 * 1024);
        var error = new Dictionary<WeightFormat, double>();
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            var m = PackedMatrix.Pack(weights, 64, 1024, format);
            var row = new float[1024];
            double off = 0, all = 0;
            for (var r = 0; r < 64; r++)
            {
                m.GetRow(r, row);
                for (var k = 0; k < 1024; k++)
                {
                    off += Math.Pow(row[k] - weights[(r * 1024) + k], 2);
                    all += Math.Pow(weights[(r * 1024) + k], 2);
                }
            }

            error[format] = Math.Sqrt(off / all);
        }

        Assert.Equal(0, error[WeightFormat.Float32]);
        Assert.InRange(error[WeightFormat.BFloat16], 1e-4, 0.0025);
        Assert.InRange(error[WeightFormat.Int8], 1e-3, 0.008);
        Assert.InRange(error[WeightFormat.Int4], 0.03, 0.105);
    }

    private static List<(string Name, Action<PackedMatrix, ActivationRows, ActivationRows, int> Multiply)> InstructionSets()
    {
        var all = new List<(string, Action<PackedMatrix, ActivationRows, ActivationRows, int>)>
        {
            ("chosen", (w, x, y, n) => w.Multiply(x, y, n, 0, w.Blocks)),
            ("portable", (w, x, y, n) => QuantizedProduct.Multiply<PortableDot>(w, x, 0, 1, y.Values, y.Stride, n, 0, w.Blocks)),
        };
        if (Avx2Dot.IsSupported)
        {
            all.Add(("avx2", (w, x, y, n) => QuantizedProduct.Multiply<Avx2Dot>(w, x, 0, 1, y.Values, y.Stride, n, 0, w.Blocks)));
        }

        if (AdvSimdDot.IsSupported)
        {
            all.Add(("advsimd", (w, x, y, n) => QuantizedProduct.Multiply<AdvSimdDot>(w, x, 0, 1, y.Values, y.Stride, n, 0, w.Blocks)));
        }

        return all;
    }

    private static float[] Values(Random random, int count, string kind = "normal")
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var normal = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            values[i] = kind switch
            {
                "zeros" => 0,
                "extremes" => random.Next(2) == 0 ? 1 : -1,
                "one spike" => i % 97 == 5 ? 1000 : normal,
                "tiny" => normal * 1e-20f,
                _ => normal,
            };
        }

        return values;
    }

    private static ActivationRows Rows(Random random, int rows, int columns, int group, string kind = "normal")
    {
        var x = new ActivationRows(rows, columns, group);
        for (var i = 0; i < rows; i++)
        {
            Values(random, columns, kind).CopyTo(x[i]);
            x.Quantize(i);
        }

        return x;
    }
}
