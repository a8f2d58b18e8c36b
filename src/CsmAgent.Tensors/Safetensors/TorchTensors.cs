using static TorchSharp.torch;

namespace CsmAgent.Tensors.Safetensors;

/// <summary>Copies stored tensors into Torch.</summary>
public static unsafe class TorchTensors
{
    private const int ChunkBytes = 1 << 30;

    /// <summary>Copies a stored tensor into a new Torch tensor of the stored shape; the caller owns it.</summary>
    /// <param name="checkpoint">Where it is stored.</param>
    /// <param name="name">Its key.</param>
    /// <param name="dtype">Converted to this; null keeps the stored type.</param>
    /// <param name="device">Where it should live; null is the CPU.</param>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public static Tensor ToTensor(this Checkpoint checkpoint, string name, ScalarType? dtype = null, Device? device = null) =>
        checkpoint.FileOf(name).ToTensor(name, dtype, device);

    /// <inheritdoc cref="ToTensor(Checkpoint, string, ScalarType?, Device?)"/>
    /// <param name="file">The file that holds it.</param>
    /// <param name="name">Its key.</param>
    /// <param name="dtype">Converted to this; null keeps the stored type.</param>
    /// <param name="device">Where it should live; null is the CPU.</param>
    public static Tensor ToTensor(this SafetensorsFile file, string name, ScalarType? dtype = null, Device? device = null)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var info = file.Info(name);
        var stored = empty([.. info.Shape], dtype: ScalarTypeOf(info.DType));
        var source = file.Address(info);
        ForEachChunk(stored, (chunk, offset) => new ReadOnlySpan<byte>(source + offset, chunk.Length).CopyTo(chunk));
        return stored.to(dtype ?? stored.dtype, device ?? CPU).DetachFromDisposeScope();
    }

    /// <summary>The Torch type of a stored type.</summary>
    public static ScalarType ScalarTypeOf(TensorDType type) => type switch
    {
        TensorDType.Bool => ScalarType.Bool,
        TensorDType.U8 => ScalarType.Byte,
        TensorDType.I8 => ScalarType.Int8,
        TensorDType.I16 => ScalarType.Int16,
        TensorDType.I32 => ScalarType.Int32,
        TensorDType.I64 => ScalarType.Int64,
        TensorDType.F16 => ScalarType.Float16,
        TensorDType.BF16 => ScalarType.BFloat16,
        TensorDType.F32 => ScalarType.Float32,
        TensorDType.F64 => ScalarType.Float64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };

    /// <summary>The stored type of a Torch type; null if safetensors has none.</summary>
    public static TensorDType? DTypeOf(ScalarType type)
    {
        foreach (var candidate in Enum.GetValues<TensorDType>())
        {
            if (ScalarTypeOf(candidate) == type)
            {
                return candidate;
            }
        }

        return null;
    }

    internal delegate void ChunkAction(Span<byte> chunk, long offset);

    /// <summary>Visits the bytes of a contiguous CPU tensor in pieces that fit a span.</summary>
    internal static void ForEachChunk(Tensor contiguous, ChunkAction action)
    {
        var flat = contiguous.view(-1);
        var elementBytes = contiguous.ElementSize;
        var chunkElements = ChunkBytes / elementBytes;
        for (long first = 0; first < flat.size(0); first += chunkElements)
        {
            using var chunk = flat.narrow(0, first, Math.Min(chunkElements, flat.size(0) - first));
            action(chunk.bytes, first * elementBytes);
        }
    }
}
