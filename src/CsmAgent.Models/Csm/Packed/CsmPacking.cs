using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>In which formats the parts of a model are packed.</summary>
/// <param name="Layers">The decoders' layers and the projection: nearly all bytes of a frame.</param>
/// <param name="Heads">The codebook heads, whose errors reach the logits directly.</param>
/// <param name="Tables">The embedding tables; <see cref="WeightFormat.Float32"/> or <see cref="WeightFormat.BFloat16"/>.</param>
/// <param name="GroupSize">Columns per scale in the integer formats.</param>
public sealed record CsmPacking(WeightFormat Layers, WeightFormat Heads, WeightFormat Tables, int GroupSize = 64)
{
    /// <summary>The codebook heads, whose errors reach the logits directly.</summary>
    public WeightFormat Heads { get; } = PackedMatrix.IsInteger(Heads) == PackedMatrix.IsInteger(Layers)
        ? Heads
        : throw new ArgumentException("Layers and heads must both be integer formats or both float formats.", nameof(Heads));

    /// <summary>The packing for a precision: int4 keeps its heads in int8, and both integer precisions their tables in bfloat16.</summary>
    /// <param name="layers">The layers' format.</param>
    public static CsmPacking For(WeightFormat layers) => layers switch
    {
        WeightFormat.Float32 => new CsmPacking(layers, layers, layers),
        WeightFormat.BFloat16 => new CsmPacking(layers, layers, layers),
        _ => new CsmPacking(layers, WeightFormat.Int8, WeightFormat.BFloat16),
    };
}
