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
        var report = new BenchReport($"Quality: {BenchModel.Name(options)}, {options.Precision} in groups of {options.GroupSize}");
        foreach (var (name, rows, columns) in new[] { ("backboneQkv", 3072, 2048), ("backboneDown", 2048, 8192), ("depthGateUp", 16384, 1024), ("depthHead", 2051, 1024) })
        {
            progress($"Product {name} …");
            report.Add($"relativeError.{name}", ProductError(rows, columns, name == "depthHead" ? BenchModel.Packing(options).Heads : options.Precision, options.GroupSize));
        }

        using var exact = Pack(options with { Precision = WeightFormat.Float32 }, progress, cancellationToken);
        using var packed = Pack(options, progress, cancellationToken);
        using var exactModel = new PackedCsmModel(exact, options.Threads);
        using var packedModel = new PackedCsmModel(packed, options.Threads);
        using var reference = exactModel.OpenSession();
        using var measured = packedModel.OpenSession();
        var rowsOfPrompt = BenchModel.Rows(exact.Config, Math.Min(options.Positions, 64));
        reference.Append(rowsOfPrompt);
        measured.Append(rowsOfPrompt);
        var codes = new int[exact.Config.CodebookCount];
        var row = new int[exact.Config.ColumnCount];
        List<double> divergence = [], agreement = [], first = [];
        for (var frame = 0; frame < options.Frames; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress($"Frame {frame + 1} of {options.Frames} …");
            var leader = new Recorder(new SeededSampler(SamplingSettings.Default, (ulong)frame), null);
            reference.GenerateFrame(leader, codes);
            var follower = new Recorder(null, codes);
            measured.GenerateFrame(follower, new int[codes.Length]);
            for (var codebook = 0; codebook < codes.Length; codebook++)
            {
                divergence.Add(Divergence(leader.Logits[codebook], follower.Logits[codebook]));
                agreement.Add(TopKSampling.ArgMax(leader.Logits[codebook]) == TopKSampling.ArgMax(follower.Logits[codebook]) ? 1 : 0);
            }

            first.Add(divergence[^codes.Length]);
            codes.CopyTo(row, 0);
            row[^1] = CsmRows.Off;
            reference.Append(row);
            measured.Append(row);
        }

        report.Add("meanDivergence", divergence.Average(), "nat");
        report.Add("meanDivergenceOfCodebook0", first.Average(), "nat");
        report.Add("top1Agreement", agreement.Average());
        report.Add("codes", agreement.Count);
        return report;
    }

    private static PackedCsmWeights Pack(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        if (options.ModelFolder is not null)
        {
            return BenchModel.Pack(options, progress, cancellationToken);
        }

        progress($"Packing CSM-1B's layers with random weights as {options.Precision} …");
        return PackedCsmWeights.Pack(new RandomCsmParameters(BenchModel.FullSize with { TextVocabularySize = 1000 }, 1), BenchModel.Packing(options), cancellationToken);
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
