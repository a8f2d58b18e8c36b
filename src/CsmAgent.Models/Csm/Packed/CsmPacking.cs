using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>In which formats the parts of a model are packed.</summary>
/// <param name="Layers">The decoders' layers and the projection: nearly all bytes of a frame.</param>
/// <param name="Heads">The codebook heads, whose errors reach the logits directly.</param>
/// <param name="Tables">The embedding tables: a frame reads a row of each, so only their memory counts. Not <see cref="WeightFormat.Int4"/>.</param>
/// <param name="GroupSize">Columns per scale in the integer formats.</param>
public sealed record CsmPacking(WeightFormat Layers, WeightFormat Heads, WeightFormat Tables, int GroupSize = 64)
{
    private readonly WeightFormat? _backbone;

    /// <summary>The codebook heads, whose errors reach the logits directly.</summary>
    public WeightFormat Heads { get; } = BothIntegerOrNeither(Layers, Heads, nameof(Heads));

    /// <summary>The backbone's layers, if they are to be finer than the depth decoder's: a frame reads them once, the depth
    /// decoder's once per codebook, and codebook 0, which carries what is said, depends on them alone.</summary>
    public WeightFormat Backbone
    {
        get => _backbone ?? Layers;
        init => _backbone = BothIntegerOrNeither(Layers, value, nameof(Backbone));
    }

    /// <summary>The packing for a precision: int4 keeps its heads in int8, and both integer precisions their tables.</summary>
    /// <param name="layers">The layers' format.</param>
    public static CsmPacking For(WeightFormat layers) => layers switch
    {
        WeightFormat.Float32 => new CsmPacking(layers, layers, layers),
        WeightFormat.BFloat16 => new CsmPacking(layers, layers, layers),
        _ => new CsmPacking(layers, WeightFormat.Int8, WeightFormat.Int8),
    };

    /// <summary>The backbone in int8 over a depth decoder in int4: on csm-tiny the first codebook agrees with full precision as
    /// in int8 (97 % against 57 in int4), all codebooks in 73 % (against 52), for a fifth more bytes a frame than int4 at full
    /// size (<c>bench quality</c>).</summary>
    public static CsmPacking Mixed { get; } = For(WeightFormat.Int4) with { Backbone = WeightFormat.Int8 };

    /// <summary>The names <see cref="Named"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["float32", "bfloat16", "int8", "mixed", "int4"];

    /// <summary>The packing of a precision's name in settings and on the command line.</summary>
    /// <param name="precision">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">No such precision.</exception>
    public static CsmPacking Named(string precision) => precision switch
    {
        "float32" => For(WeightFormat.Float32),
        "bfloat16" => For(WeightFormat.BFloat16),
        "int8" => For(WeightFormat.Int8),
        "mixed" => Mixed,
        "int4" => For(WeightFormat.Int4),
        _ => throw new ArgumentException($"No precision is called '{precision}'; expected one of {string.Join(", ", Names)}.", nameof(precision)),
    };

    // Products of integers read 8-bit activations, the others floats; a pass makes one kind.
    private static WeightFormat BothIntegerOrNeither(WeightFormat layers, WeightFormat other, string name) =>
        PackedMatrix.IsInteger(other) == PackedMatrix.IsInteger(layers)
            ? other
            : throw new ArgumentException($"{name} in {other} beside layers in {layers}: both must be integer formats or both float formats.", name);
}
