using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>A Mimi codec packed for the processor. Read-only; shared by any number of streams.</summary>
public sealed class PackedMimiWeights
{
    private PackedMimiWeights(MimiWeights weights, MimiPacking packing)
    {
        Config = weights.Config;
        Packing = packing;
        Encoder = PackedSeanet.Pack(weights.Encoder, false, packing.Encoder, packing.GroupSize);
        EncoderTransformer = PackedTransformer.Pack(Config, weights.EncoderTransformer, packing.Encoder, packing.GroupSize);
        Downsample = PackedConvolution.Pack(weights.Downsample, packing.Encoder, packing.GroupSize);
        SemanticIn = Projection(weights.SemanticIn);
        AcousticIn = Projection(weights.AcousticIn);
        SemanticOut = Projection(weights.SemanticOut);
        AcousticOut = Projection(weights.AcousticOut);
        Codebooks = [.. weights.Codebooks.Select(codebook => new PackedCodebook(TorchValues.Of(codebook), Config.CodebookDimension))];
        Upsample = PackedConvolution.PackTransposed(weights.Upsample, WeightFormat.Float32, packing.GroupSize);
        DecoderTransformer = PackedTransformer.Pack(Config, weights.DecoderTransformer, packing.Decoder, packing.GroupSize);
        Decoder = PackedSeanet.Pack(weights.Decoder, true, packing.Decoder, packing.GroupSize);
    }

    /// <summary>The codec's shape.</summary>
    public MimiConfig Config { get; }

    /// <summary>The formats of its parts.</summary>
    public MimiPacking Packing { get; }

    internal PackedSeanet Encoder { get; }

    internal PackedTransformer EncoderTransformer { get; }

    internal PackedConvolution Downsample { get; }

    internal PackedMatrix SemanticIn { get; }

    internal PackedMatrix AcousticIn { get; }

    internal PackedMatrix SemanticOut { get; }

    internal PackedMatrix AcousticOut { get; }

    internal IReadOnlyList<PackedCodebook> Codebooks { get; }

    internal PackedConvolution Upsample { get; }

    internal PackedTransformer DecoderTransformer { get; }

    internal PackedSeanet Decoder { get; }

    /// <summary>Packs a codec.</summary>
    /// <param name="weights">Torch's weights; borrowed, not needed afterwards.</param>
    /// <param name="packing">The formats; null packs exactly.</param>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    public static PackedMimiWeights Pack(MimiWeights weights, MimiPacking? packing = null) => new(weights, packing ?? MimiPacking.Exact);

    private static PackedMatrix Projection(TorchSharp.torch.Tensor weight) =>
        PackedMatrix.Pack(TorchValues.Of(weight), (int)weight.size(0), (int)weight.size(1), WeightFormat.Float32);
}
