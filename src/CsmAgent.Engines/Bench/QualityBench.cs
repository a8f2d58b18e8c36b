using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Engines.Bench;

/// <summary>What a precision costs: the error of each kind of product at full size, then codes and probabilities of a whole
/// model against the same model in full precision, both fed the same frames.</summary>
public static class QualityBench
{
    /// <summary>Measures.</summary>
    /// <param name="options">With what. Without a folder the model has CSM-1B's layers with random weights and a small text table;
    /// in full precision that takes 6 GB. Random weights have no clear winners: a trained model loses less.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var report = new BenchReport($"Quality: {BenchModel.Name(options)}, {options.Words} in groups of {options.GroupSize}");
        var asked = BenchModel.Packing(options);
        foreach (var (name, rows, columns) in Products(BenchModel.FullSize))
        {
            progress($"Product {name} …");
            var format = name.EndsWith("Head", StringComparison.Ordinal) ? asked.Heads : name.StartsWith("backbone", StringComparison.Ordinal) ? asked.Backbone : asked.Layers;
            report.Add($"relativeError.{name}", ProductError(rows, columns, format, options.GroupSize));
        }

        var (config, exact) = Lead(options, progress, cancellationToken);
        foreach (var (name, packing) in Variants(options))
        {
            progress($"Following those {options.Frames} frames …");
            Follow(report, name, config, exact, Pack(options, packing, progress, cancellationToken), options.Threads, cancellationToken);
        }

        report.Add("codes", exact.Frames.Count * config.CodebookCount);
        if (options.ModelFolder is null)
        {
            report.Note("Random weights say little about real quality: their logits have no clear winner, so small errors change the first choice far more often than in a trained model.");
        }

        return report;
    }

    // Every kind of matrix a frame reads, once.
    private static IEnumerable<(string Name, int Rows, int Columns)> Products(CsmConfig config)
    {
        foreach (var (name, decoder) in new[] { ("backbone", config.Backbone), ("depth", config.Depth) })
        {
            yield return ($"{name}Qkv", decoder.QueryWidth + (2 * decoder.KeyValueWidth), decoder.Width);
            yield return ($"{name}Output", decoder.Width, decoder.QueryWidth);
            yield return ($"{name}GateUp", 2 * decoder.FeedForwardWidth, decoder.Width);
            yield return ($"{name}Down", decoder.Width, decoder.FeedForwardWidth);
        }

        yield return ("projection", config.Depth.Width, config.Backbone.Width);
        yield return ("backboneHead", config.AudioVocabularySize, config.Backbone.Width);
        yield return ("depthHead", config.AudioVocabularySize, config.Depth.Width);
    }

    // The packing asked for, and beside int4 what it could be traded for.
    private static IEnumerable<(string Prefix, CsmPacking Packing)> Variants(BenchOptions options)
    {
        var asked = BenchModel.Packing(options);
        yield return (string.Empty, asked);
        if (options.Precision == WeightFormat.Int4)
        {
            yield return ("int4InGroupsOf32.", asked with { GroupSize = 32 });
            yield return ("int8BackboneOverInt4.", asked with { Backbone = WeightFormat.Int8 });
            yield return ("int8.", CsmPacking.For(WeightFormat.Int8) with { GroupSize = options.GroupSize });
        }
    }

    // What full precision says, frame by frame.
    private static (CsmConfig Config, Exact Exact) Lead(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        using var weights = Pack(options, CsmPacking.For(WeightFormat.Float32), progress, cancellationToken);
        using var model = new PackedCsmModel(weights, options.Threads);
        using var session = model.OpenSession();
        var exact = new Exact(BenchModel.Rows(weights.Config, Math.Min(options.Positions, 64)), []);
        session.Append(exact.Prompt);
        for (var frame = 0; frame < options.Frames; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress($"Frame {frame + 1} of {options.Frames} in full precision …");
            var codes = new int[weights.Config.CodebookCount];
            var leader = new Recorder(new SeededSampler(SamplingSettings.Default, (ulong)frame), null);
            session.GenerateFrame(leader, codes);
            session.Append([.. codes, CsmRows.Off]);
            exact.Frames.Add((codes, leader.Logits));
        }

        return (weights.Config, exact);
    }

    private static void Follow(
        BenchReport report, string prefix, CsmConfig config, Exact exact, PackedCsmWeights weights, int threads, CancellationToken cancellationToken)
    {
        using var owned = weights;
        using var model = new PackedCsmModel(weights, threads);
        using var session = model.OpenSession();
        session.Append(exact.Prompt);
        List<double> divergence = [], agreement = [];
        foreach (var (codes, logits) in exact.Frames)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var follower = new Recorder(null, codes);
            session.GenerateFrame(follower, new int[codes.Length]);
            for (var codebook = 0; codebook < codes.Length; codebook++)
            {
                divergence.Add(Divergence(logits[codebook], follower.Logits[codebook]));
                agreement.Add(TopKSampling.ArgMax(logits[codebook]) == TopKSampling.ArgMax(follower.Logits[codebook]) ? 1 : 0);
            }

            session.Append([.. codes, CsmRows.Off]);
        }

        double OfFirst(List<double> values) => values.Where((_, i) => i % config.CodebookCount == 0).Average();
        report.Add($"{prefix}meanDivergence", divergence.Average(), "nat");
        report.Add($"{prefix}meanDivergenceOfCodebook0", OfFirst(divergence), "nat");
        report.Add($"{prefix}top1Agreement", agreement.Average());
        report.Add($"{prefix}top1AgreementOfCodebook0", OfFirst(agreement));
        report.Add($"{prefix}megabytesPerFrame", weights.BytesPerFrame / 1e6, "MB");
    }

    private static PackedCsmWeights Pack(BenchOptions options, CsmPacking packing, Action<string> progress, CancellationToken cancellationToken)
    {
        progress($"Packing {BenchModel.Name(options)} as {packing.Backbone} over {packing.Layers} in groups of {packing.GroupSize} …");
        return BenchModel.Pack(options, packing, BenchModel.FullSize with { TextVocabularySize = 1000 }, cancellationToken);
    }

    private static double ProductError(int rows, int columns, WeightFormat format, int groupSize)
    {
        var random = new Random(rows);
        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var weights = new float[rows * columns];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Normal();
        }

        var exact = PackedMatrix.Pack(weights, rows, columns, WeightFormat.Float32);
        var packed = PackedMatrix.Pack(weights, rows, columns, format, groupSize);
        using var x = new ActivationRows(1, columns, PackedMatrix.IsInteger(format) ? groupSize : 0);
        using var expected = new ActivationRows(1, rows);
        using var actual = new ActivationRows(1, rows);
        for (var i = 0; i < columns; i++)
        {
            x[0][i] = Normal();
        }

        if (PackedMatrix.IsInteger(format))
        {
            x.Quantize(0);
        }

        exact.Multiply(x, expected, 1, 0, exact.Blocks);
        packed.Multiply(x, actual, 1, 0, packed.Blocks);
        double off = 0, size = 0;
        for (var i = 0; i < rows; i++)
        {
            off += Math.Pow(actual[0][i] - expected[0][i], 2);
            size += Math.Pow(expected[0][i], 2);
        }

        return Math.Sqrt(off / size);
    }

    private static double Divergence(float[] expected, float[] actual)
    {
        var (p, q) = (LogSoftmax(expected), LogSoftmax(actual));
        double sum = 0;
        for (var i = 0; i < p.Length; i++)
        {
            sum += Math.Exp(p[i]) * (p[i] - q[i]);
        }

        return sum;
    }

    private static double[] LogSoftmax(float[] logits)
    {
        double peak = logits.Max();
        var total = Math.Log(logits.Sum(logit => Math.Exp(logit - peak)));
        return [.. logits.Select(logit => logit - peak - total)];
    }

    /// <summary>A prompt's rows, then each frame's codes and the logits they were drawn from.</summary>
    private sealed record Exact(int[] Prompt, List<(int[] Codes, List<float[]> Logits)> Frames);

    /// <summary>Keeps logits; answers from a sampler or from given codes.</summary>
    private sealed class Recorder(ICodeSampler? sampler, int[]? codes) : ICodeSampler
    {
        public List<float[]> Logits { get; } = [];

        public int Sample(ReadOnlySpan<float> logits)
        {
            Logits.Add(logits.ToArray());
            return codes is null ? sampler!.Sample(logits) : codes[Logits.Count - 1];
        }
    }
}
