using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>In which formats a codec's parts are packed.</summary>
/// <remarks>
/// The convolutions near the waveform have few weights that many steps share: they stay floats, whose speed is the
/// processor's. The parts at 25 Hz read all their weights for two steps: there memory decides, and smaller formats help.
/// </remarks>
/// <param name="Encoder">Parts at 25 Hz and below on the way to codes; an error here can change a code.</param>
/// <param name="Decoder">Parts at 25 Hz and below on the way back.</param>
/// <param name="GroupSize">Columns per scale in the integer formats.</param>
public sealed record MimiPacking(WeightFormat Encoder, WeightFormat Decoder, int GroupSize = 64)
{
    /// <summary>Floats everywhere: codes equal the reference's.</summary>
    public static MimiPacking Exact { get; } = new(WeightFormat.Float32, WeightFormat.Float32);

    /// <summary>bfloat16 weights to codes, int8 back: half and a quarter of the memory traffic.</summary>
    public static MimiPacking Compact { get; } = new(WeightFormat.BFloat16, WeightFormat.Int8);

    // A codec whose weights stay in the processor's caches gains nothing by smaller ones.
    private const long LargeParameterCount = 20_000_000;

    /// <summary>What suits a codec: exact while its weights fit the caches, compact beyond, where memory decides. At the released
    /// size that takes a third off both ways; 98 of 100 codes stay the same, all semantic ones, and the sound is 45 dB above
    /// the difference (<c>bench mimi</c>).</summary>
    /// <param name="config">The codec's shape.</param>
    public static MimiPacking For(MimiConfig config) =>
        MimiTensorNames.Parameters(config).Sum(parameter => parameter.Shape.Aggregate(1L, (count, size) => count * size)) < LargeParameterCount ? Exact : Compact;
}
