using static TorchSharp.torch;

namespace CsmAgent.Models.Llama;

/// <summary>Keys and values of the positions so far, allocated once for the most there can be.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    /// <summary>Allocates an empty cache.</summary>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="positions">The most positions it can hold.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="device">Where it lives.</param>
    public KeyValueCache(LlamaConfig config, int positions, ScalarType dtype, Device device)
    {
        Capacity = positions;
        Tensor Allocate() =>
            zeros([1, config.KeyValueHeadCount, positions, config.HeadWidth], dtype, device).DetachFromDisposeScope();
        _keys = [.. Enumerable.Range(0, config.LayerCount).Select(_ => Allocate())];
        _values = [.. Enumerable.Range(0, config.LayerCount).Select(_ => Allocate())];
    }

    /// <summary>The most positions it can hold.</summary>
    public int Capacity { get; }

    /// <summary>Positions in use.</summary>
    public int Length { get; private set; }

    /// <summary>Keeps only the first positions.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Copies another cache's positions into this one of the same shape.</summary>
    public void CopyFrom(KeyValueCache other)
    {
        Length = other.Length;
        for (var layer = 0; layer < _keys.Length; layer++)
        {
            Copy(other._keys[layer], _keys[layer], Length);
            Copy(other._values[layer], _values[layer], Length);
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Writes one layer's new keys and values [1, KV heads, S, head width] behind the positions in use, and returns views of all.</summary>
    internal (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        var count = keys.size(2);
        _keys[layer].narrow(2, Length, count).copy_(keys);
        _values[layer].narrow(2, Length, count).copy_(values);
        return (_keys[layer].narrow(2, 0, Length + count), _values[layer].narrow(2, 0, Length + count));
    }

    /// <summary>A view of one layer's and head's keys, [positions, head width].</summary>
    internal Tensor Keys(int layer, int head, int first, int count) => _keys[layer].select(0, 0).select(0, head).narrow(0, first, count);

    /// <summary>Counts positions that all layers have written.</summary>
    internal void Advance(int count) => Length += count;

    private static void Copy(Tensor from, Tensor to, int length)
    {
        using var source = from.narrow(2, 0, length);
        using var target = to.narrow(2, 0, length);
        target.copy_(source);
    }
}
