using CsmAgent.Tensors.Packing;
using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>The layers of one of Mimi's transformers, packed.</summary>
/// <param name="Config">The codec's shape.</param>
/// <param name="Layers">First to last.</param>
internal sealed record PackedTransformer(MimiConfig Config, IReadOnlyList<PackedTransformerLayer> Layers)
{
    public static PackedTransformer Pack(MimiConfig config, IReadOnlyList<MimiTransformerLayer> layers, WeightFormat format, int groupSize)
    {
        PackedMatrix Matrix(int columns, params Tensor[] parts)
        {
            var values = parts.SelectMany(TorchValues.Of).ToArray();
            return PackedMatrix.Pack(values, values.Length / columns, columns, format, groupSize);
        }

        var width = config.HiddenSize;
        return new(config, [.. layers.Select(layer => new PackedTransformerLayer(
            TorchValues.Of(layer.AttentionNormWeight), TorchValues.Of(layer.AttentionNormBias),
            Matrix(width, layer.Query, layer.Key, layer.Value),
            Matrix(config.Heads * config.HeadDimension, layer.Output),
            TorchValues.Of(layer.AttentionScale),
            TorchValues.Of(layer.FeedForwardNormWeight), TorchValues.Of(layer.FeedForwardNormBias),
            Matrix(width, layer.FeedForwardIn),
            Matrix(config.FeedForwardSize, layer.FeedForwardOut),
            TorchValues.Of(layer.FeedForwardScale)))]);
    }
}

/// <summary>One pre-norm layer.</summary>
internal sealed record PackedTransformerLayer(
    float[] AttentionNormWeight, float[] AttentionNormBias, PackedMatrix QueryKeyValue, PackedMatrix Output, float[] AttentionScale,
    float[] FeedForwardNormWeight, float[] FeedForwardNormBias, PackedMatrix FeedForwardIn, PackedMatrix FeedForwardOut, float[] FeedForwardScale);
