using CsmAgent.Models.Csm;

namespace CsmAgent.Training.Speech;

/// <summary>How much memory a run of the trainer takes, before it starts.</summary>
/// <param name="WeightBytes">Weights, gradients, moments and averages.</param>
/// <param name="ActivationBytes">What the backward pass keeps, over all workers.</param>
public sealed record MemoryEstimate(long WeightBytes, long ActivationBytes)
{
    /// <summary>Both together.</summary>
    public long TotalBytes => WeightBytes + ActivationBytes;

    /// <summary>Estimates a run.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="options">Batch, rows, precision, rank.</param>
    public static MemoryEstimate Of(CsmConfig config, CsmOptions options)
    {
        var parameters = CsmTensorNames.Shapes(config).Values.Sum(shape => shape.Aggregate(1L, (product, size) => product * size));
        var element = options.HalfPrecision ? 2L : 4;
        // Trained values: weight, two moments, average in single precision; per worker a gradient and its cast.
        var trained = options.LoraRank == 0
            ? parameters
            : CsmTensorNames.Shapes(config).Where(entry => entry.Value.Count == 2).Sum(entry => options.LoraRank * (entry.Value[0] + entry.Value[1]));
        var frozen = options.LoraRank == 0 ? 0 : parameters * (4 + element);
        var weights = (trained * 16) + frozen + (options.Workers * ((trained * (4 + element)) + (options.LoraRank == 0 ? 0 : parameters * element)));

        // A layer keeps about ten vectors of its width, three of the inner one and the attention's scores.
        long rows = Math.Max(options.Batch, options.Workers) * (long)options.Rows;
        var backbone = config.Backbone.LayerCount * rows
            * ((10L * config.Backbone.Width) + (3L * config.Backbone.FeedForwardWidth) + ((long)config.Backbone.HeadCount * options.Rows));
        var deep = (long)(rows * options.DepthShare) + options.Batch;
        var depth = config.Depth.LayerCount * deep * config.CodebookCount
            * ((10L * config.Depth.Width) + (3L * config.Depth.FeedForwardWidth) + ((long)config.Depth.HeadCount * config.CodebookCount));
        var embedded = rows * config.CodebookCount * config.Backbone.Width;
        var logits = 4 * ((rows + (deep * config.CodebookCount)) * config.AudioVocabularySize) * 3;
        return new(weights, ((backbone + depth + embedded) * element) + logits);
    }
}
