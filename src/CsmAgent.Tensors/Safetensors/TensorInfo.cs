namespace CsmAgent.Tensors.Safetensors;

/// <summary>Where a stored tensor lies and what it is.</summary>
/// <param name="Name">Its key in the file.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteCount">Bytes of data.</param>
public sealed record TensorInfo(string Name, TensorDType DType, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>Number of elements.</summary>
    public long ElementCount => ByteCount / DType.ByteCount();

    /// <summary>Type and shape as a person reads them, for example <c>F32 [4, 2]</c>.</summary>
    public string Description => Describe(DType, Shape);

    /// <summary>Type and shape as a person reads them, for example <c>F32 [4, 2]</c>.</summary>
    public static string Describe(TensorDType type, IEnumerable<long> shape) => $"{type.FileName()} [{string.Join(", ", shape)}]";
}
