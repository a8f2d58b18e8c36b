using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>One of Mimi's transformers, going on where the last call ended.</summary>
internal sealed class TransformerStream : IDisposable
{
    private readonly IReadOnlyList<MimiTransformerLayer> _layers;
    private readonly MimiConfig _config;
    private readonly MimiRing _ring;
    private readonly List<WindowCache> _caches;
    private long _position;

    internal TransformerStream(IReadOnlyList<MimiTransformerLayer> layers, MimiConfig config, MimiRing ring, int mostPerCall)
    {
        (_layers, _config, _ring) = (layers, config, ring);
        _caches = [.. layers.Select(layer => new WindowCache(config, mostPerCall, layer.Key))];
    }

    /// <param name="x">(1, D, T) at 25 Hz; borrowed.</param>
    /// <returns>(1, D, T).</returns>
    internal Tensor Next(Tensor x)
    {
        var count = x.size(2);
        var (cosine, sine) = MimiTransformers.Rotations(_position, count, _config, x.device);
        var hidden = Hidden(count, x.device);
        x = x.transpose(1, 2); // [1, T, D]
        for (var i = 0; i < _layers.Count; i++)
        {
            var layer = _layers[i];
            var normed = MimiTransformers.Norm(x, layer.AttentionNormWeight, layer.AttentionNormBias, _config);
            x = x + (Attention(normed, layer, _caches[i], cosine, sine, hidden) * layer.AttentionScale);
            x = x + (MimiTransformers.FeedForward(x, layer, _config) * layer.FeedForwardScale);
        }

        _position += count;
        return x.transpose(1, 2);
    }

    internal void Reset()
    {
        _position = 0;
        _caches.ForEach(cache => cache.Reset());
    }

    public void Dispose() => _caches.ForEach(cache => cache.Dispose());

    private Tensor Attention(Tensor x, MimiTransformerLayer layer, WindowCache cache, Tensor cosine, Tensor sine, Tensor hidden)
    {
        Tensor Heads(Tensor projection) => MimiTransformers.SplitHeads(F.linear(x, projection), _config);
        var query = MimiTransformers.Rotate(Heads(layer.Query), cosine, sine);
        var (keys, values) = cache.Extend(MimiTransformers.Rotate(Heads(layer.Key), cosine, sine), Heads(layer.Value));
        var attended = MimiTransformers.Attend(query, keys, values, hidden, _config);
        return F.linear(attended.transpose(1, 2).flatten(2), layer.Output);
    }

    private Tensor Hidden(long count, Device device)
    {
        var from = Math.Max(0, _position - _config.AttentionWindow + 1);
        var keys = _position + count - from;
        // The release has overwritten all but the newest before it attends.
        var oldest = _ring == MimiRing.AsReleased ? _position + count - _config.AttentionWindow : 0;
        return MimiTransformers.WindowMask(_position, count, from, keys, _config.AttentionWindow, device, oldest);
    }
}
