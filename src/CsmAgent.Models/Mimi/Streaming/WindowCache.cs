using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>
/// One layer's keys and values of the last positions, in one line of memory: new ones are written behind the others, and
/// only when the line is full the ones still needed move to its front. Reading is a view without a copy.
/// </summary>
internal sealed class WindowCache : IDisposable
{
    private readonly int _keep;
    private readonly int _capacity;
    private readonly Tensor _keys; // [1, H, capacity, d]
    private readonly Tensor _values;
    private long _end;

    /// <param name="config">The codec's shape.</param>
    /// <param name="mostPerCall">The most positions one call brings.</param>
    /// <param name="like">Element type and device are taken from here.</param>
    internal WindowCache(MimiConfig config, int mostPerCall, Tensor like)
    {
        _keep = config.AttentionWindow - 1;
        _capacity = _keep + Math.Max(mostPerCall, config.AttentionWindow);
        long[] shape = [1, config.Heads, _capacity, config.HeadDimension];
        _keys = zeros(shape, like.dtype, like.device).DetachFromDisposeScope();
        _values = zeros(shape, like.dtype, like.device).DetachFromDisposeScope();
    }

    /// <summary>Writes new keys and values (1, H, T, d); returns views of the kept and the new ones (1, H, K, d).</summary>
    internal (Tensor Keys, Tensor Values) Extend(Tensor keys, Tensor values)
    {
        var count = keys.size(2);
        if (_end + count > _capacity)
        {
            MoveToFront(_keys);
            MoveToFront(_values);
            _end = _keep;
        }

        _keys.narrow(2, _end, count).copy_(keys);
        _values.narrow(2, _end, count).copy_(values);
        _end += count;
        var first = Math.Max(0, _end - count - _keep);
        return (_keys.narrow(2, first, _end - first), _values.narrow(2, first, _end - first));
    }

    internal void Reset() => _end = 0;

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    private void MoveToFront(Tensor line)
    {
        // Source and target may overlap, hence the copy in between.
        var kept = line.narrow(2, _end - _keep, _keep).clone();
        line.narrow(2, 0, _keep).copy_(kept);
    }
}
