using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CsmAgent.Tensors.Safetensors;

/// <summary>A tensor to be written: its description and where its bytes come from.</summary>
public sealed class StoredTensor
{
    private readonly Action<Stream> _write;

    private StoredTensor(string name, TensorDType type, IReadOnlyList<long> shape, Action<Stream> write)
    {
        (Name, DType, Shape, _write) = (name, type, shape, write);
        ByteCount = shape.Aggregate((long)type.ByteCount(), (bytes, size) => checked(bytes * size));
    }

    /// <summary>Its key in the file.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public TensorDType DType { get; }

    /// <summary>Sizes, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Bytes of data.</summary>
    public long ByteCount { get; }

    /// <summary>A tensor from an array or other memory, which is read when the file is written.</summary>
    /// <exception cref="ArgumentException">The element type cannot hold <typeparamref name="T"/>, or the shape does not fit the length.</exception>
    public static StoredTensor Of<T>(string name, TensorDType type, IReadOnlyList<long> shape, ReadOnlyMemory<T> elements)
        where T : unmanaged
    {
        if (!type.Fits<T>() || shape.Aggregate(1L, (count, size) => count * size) != elements.Length)
        {
            throw new ArgumentException(
                $"'{name}': {elements.Length} elements of {typeof(T).Name} cannot be stored as {TensorInfo.Describe(type, shape)}.", nameof(elements));
        }

        return new StoredTensor(name, type, shape, stream => stream.Write(MemoryMarshal.AsBytes(elements.Span)));
    }

    /// <summary>A Torch tensor on any device; borrowed until the file is written.</summary>
    /// <exception cref="ArgumentException">Its element type has no place in a safetensors file.</exception>
    public static StoredTensor Of(string name, Tensor tensor)
    {
        var type = TorchTensors.DTypeOf(tensor.dtype) ?? throw new ArgumentException($"'{name}': safetensors cannot hold {tensor.dtype}.", nameof(tensor));
        return new StoredTensor(name, type, tensor.shape, stream =>
        {
            using var guard = no_grad();
            using var scope = NewDisposeScope();
            TorchTensors.ForEachChunk(tensor.detach().cpu().contiguous(), (chunk, _) => stream.Write(chunk));
        });
    }

    internal void WriteTo(Stream stream) => _write(stream);
}
