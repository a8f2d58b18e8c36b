using CsmAgent.Models.Csm.Packed;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Tests.Csm.Packed;

/// <summary>The packed engine against the goldens of csm-tiny.</summary>
public sealed class PackedParityTests
{
    [Theory]
    [InlineData("a", 1)]
    [InlineData("b", 2)]
    [InlineData("c", 2)]
    [InlineData("d", 2)]
    [InlineData("e", 3)]
    public void In_full_precision_every_hidden_vector_matches(string prompt, int threads)
    {
        using var weights = TinyCsm.Pack(WeightFormat.Float32);
        using var model = new PackedCsmModel(weights, threads);
        using var session = model.OpenSession();
        var rows = TinyCsm.Rows(prompt);
        var expected = TinyCsm.Floats($"{prompt}.hidden");
        var (columns, width) = (TinyCsm.Config.ColumnCount, TinyCsm.Config.Backbone.Width);

        // Pieces of 1, 2, 3 … rows cover every batch size and the page borders.
        for (int first = 0, piece = 1; first < rows.Length / columns; first += piece, piece++)
        {
            piece = Math.Min(piece, (rows.Length / columns) - first);
            session.Append(rows.AsSpan(first * columns, piece * columns));
            Near(expected.AsSpan((first + piece - 1) * width, width), session.LastHidden, 1e-4);
        }
    }

    [Theory]
    [InlineData("a", "model.safetensors")]
    [InlineData("b", "original.safetensors")]
    [InlineData("c", "model.safetensors")]
    [InlineData("e", "original.safetensors")]
    public void In_full_precision_greedy_generation_gives_the_golden_frames_and_stops_where_they_stop(string prompt, string file)
    {
        using var weights = TinyCsm.Pack(CsmPacking.For(WeightFormat.Float32), file);
        using var model = new PackedCsmModel(weights, 2);
        using var session = model.OpenSession();
        session.Append(TinyCsm.Rows(prompt));
        var frames = TinyCsm.Integers($"{prompt}.greedy_frames");
        var logits = TinyCsm.Floats($"{prompt}.greedy_logits");
        var codes = new int[6];

        for (var frame = 0; frame < logits.Length / (6 * 67); frame++)
        {
            var listener = new TinyCsm.Listener();
            var goesOn = session.GenerateFrame(listener, codes);
            for (var codebook = 0; codebook < 6; codebook++)
            {
                Near(logits.AsSpan(((frame * 6) + codebook) * 67, 67), listener.Logits[codebook], 2e-4);
            }

            Assert.Equal(frame < frames.Length / 6, goesOn);
            if (goesOn)
            {
                Assert.Equal(frames.AsSpan(frame * 6, 6).ToArray(), codes);
                session.Append(TinyCsm.FrameRow(codes));
            }
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public void In_full_precision_the_golden_noise_draws_the_golden_codes(string prompt)
    {
        using var weights = TinyCsm.Pack(WeightFormat.Float32);
        using var model = new PackedCsmModel(weights, 2);
        using var session = model.OpenSession();
        session.Append(TinyCsm.Rows(prompt));
        var expected = TinyCsm.Integers($"{prompt}.sampled_frames");
        var sampler = new TinyCsm.GoldenNoise(TinyCsm.Floats($"{prompt}.sampled_q"));
        var codes = new int[6];

        for (var frame = 0; frame < expected.Length / 6; frame++)
        {
            session.GenerateFrame(sampler, codes);
            Assert.Equal(expected.AsSpan(frame * 6, 6).ToArray(), codes);
            session.Append(TinyCsm.FrameRow(codes));
        }
    }

    // Bounds: a little above what was measured, so that a slip in packing shows. Trained weights do better than these random ones,
    // whose logits have no clear winner.
    [Theory]
    [InlineData(WeightFormat.BFloat16, 5e-4, 0.97)]
    [InlineData(WeightFormat.Int8, 8e-3, 0.92)]
    [InlineData(WeightFormat.Int4, 0.6, 0.45)]
    public void Smaller_formats_stay_near_the_goldens(WeightFormat format, double largestMeanDivergence, double leastAgreement)
    {
        var (divergence, _, agreement) = Compare(CsmPacking.For(format));

        Assert.True(divergence <= largestMeanDivergence && agreement >= leastAgreement,
            $"{format}: mean divergence {divergence:G3} (at most {largestMeanDivergence}), top-1 agreement {agreement:P1} (at least {leastAgreement:P0})");
    }

    [Fact]
    public void A_finer_backbone_alone_brings_the_first_codebook_as_near_as_a_finer_model()
    {
        var coarse = CsmPacking.For(WeightFormat.Int4);

        var mixed = Compare(coarse with { Backbone = WeightFormat.Int8 });

        Assert.InRange(mixed.OfFirst, 0, 2 * Compare(CsmPacking.For(WeightFormat.Int8)).OfFirst);
        Assert.True(mixed.OfFirst < Compare(coarse).OfFirst / 4, $"{mixed.OfFirst:G3}");
        Assert.Throws<ArgumentException>(() => coarse with { Backbone = WeightFormat.BFloat16 });
    }

    private static (double Divergence, double OfFirst, double Agreement) Compare(CsmPacking packing)
    {
        using var weights = TinyCsm.Pack(packing);
        using var model = new PackedCsmModel(weights, 2);
        List<double> divergence = [], agree = [];
        foreach (var prompt in new[] { "a", "b", "c", "e" })
        {
            using var session = model.OpenSession();
            session.Append(TinyCsm.Rows(prompt));
            var frames = TinyCsm.Integers($"{prompt}.greedy_frames");
            var golden = TinyCsm.Floats($"{prompt}.greedy_logits");
            var codes = new int[6];
            for (var frame = 0; frame < frames.Length / 6; frame++)
            {
                var forced = frames.AsSpan(frame * 6, 6).ToArray();
                var listener = new TinyCsm.Listener(forced);
                session.GenerateFrame(listener, codes);
                for (var codebook = 0; codebook < 6; codebook++)
                {
                    var expected = golden.AsSpan(((frame * 6) + codebook) * 67, 67);
                    divergence.Add(Divergence(expected, listener.Logits[codebook]));
                    agree.Add(Tensors.Sampling.TopKSampling.ArgMax(listener.Logits[codebook]) == forced[codebook] ? 1 : 0);
                }

                session.Append(TinyCsm.FrameRow(forced));
            }
        }

        return (divergence.Average(), divergence.Where((_, i) => i % 6 == 0).Average(), agree.Average());
    }

    private static double Divergence(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var (p, q) = (Softmax(expected), Softmax(actual));
        return p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
    }

    private static double[] Softmax(ReadOnlySpan<float> logits)
    {
        var e = logits.ToArray().Select(v => Math.Exp(v)).ToArray();
        var sum = e.Sum();
        return [.. e.Select(v => v / sum)];
    }

    private static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance);
        }
    }
}
