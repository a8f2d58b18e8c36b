using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Llama;

/// <summary>
/// A Llama decoder laid out for generation on a device, where a step of one row is as slow as it has launches:
/// products that read the same vector are one product, pairs rotate for queries and keys at once, grouped heads share keys
/// without copies, the residual stream grows in place. <see cref="LlamaDecoder"/> says the same in the paper's words.
/// </summary>
/// <remarks>Matrices have the model's element type; the residual stream, norms and rotations are single precision.</remarks>
internal sealed class FusedDecoder : IDisposable
{
    private readonly LlamaConfig _config;
    private readonly Layer[] _layers;
    private readonly Tensor _finalNorm;
    private readonly Tensor _cos; // [positions, 1, head width]: both halves
    private readonly Tensor _sin; // the same, the first half negated
    private readonly Tensor _epsilon;
    private readonly AttentionHead? _watched;

    /// <param name="config">The decoder's shape.</param>
    /// <param name="prefix">What stands before <c>layers.0…</c> in a name.</param>
    /// <param name="fill">Writes the parameter of a name into a tensor of its shape.</param>
    /// <param name="dtype">Element type of the matrices.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="watched">A query head to watch; null for none.</param>
    public FusedDecoder(LlamaConfig config, string prefix, Action<string, Tensor> fill, ScalarType dtype, Device device, AttentionHead? watched = null)
    {
        (_config, _watched) = (config, watched);
        _layers = new Layer[config.LayerCount];
        try
        {
            Tensor Make(ScalarType type, int rows, int? columns, params ReadOnlySpan<(string Name, int Rows)> parts)
            {
                var whole = empty(columns is { } width ? [rows, width] : [rows], type, device).DetachFromDisposeScope();
                var from = 0;
                foreach (var (name, count) in parts)
                {
                    using var part = whole.narrow(0, from, count);
                    fill($"{prefix}{name}.weight", part);
                    from += count;
                }

                return whole;
            }

            var (query, key, inner, own) = (config.QueryWidth, config.KeyValueWidth, config.FeedForwardWidth, config.Width);
            for (var i = 0; i < _layers.Length; i++)
            {
                var at = $"layers.{i}.";
                var layer = _layers[i] = new Layer();
                layer.AttentionNorm = Make(float32, own, null, ($"{at}input_layernorm", own));
                layer.QueryKeyValue = Make(
                    dtype, query + (2 * key), own, ($"{at}self_attn.q_proj", query), ($"{at}self_attn.k_proj", key), ($"{at}self_attn.v_proj", key));
                layer.Output = Make(dtype, own, query, ($"{at}self_attn.o_proj", own));
                layer.FeedForwardNorm = Make(float32, own, null, ($"{at}post_attention_layernorm", own));
                layer.GateUp = Make(dtype, 2 * inner, own, ($"{at}mlp.gate_proj", inner), ($"{at}mlp.up_proj", inner));
                layer.Down = Make(dtype, own, inner, ($"{at}mlp.down_proj", own));
            }

            _finalNorm = Make(float32, own, null, ("norm", own));
            var table = new RopeTable(config.Rope, config.HeadWidth, config.MaxPositions);
            using var scope = NewDisposeScope();
            Tensor Half(float[] values) => tensor(values, table.Positions, 1, table.HalfWidth);
            Tensor Keep(Tensor whole) => whole.to(device, copy: true).DetachFromDisposeScope();
            var (cos, sin) = (Half(table.Cos), Half(table.Sin));
            _cos = Keep(cat([cos, cos], -1));
            _sin = Keep(cat([sin.neg(), sin], -1));
            _epsilon = Keep(tensor((float)config.NormEpsilon));
            WatchedQuery = watched is null ? null : Keep(zeros(config.HeadWidth, ScalarType.Float32));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>float32 [head width]: the rotated query of the watched head in the last row of the last run; null if none is watched.</summary>
    public Tensor? WatchedQuery { get; }

    /// <summary>Runs all layers and the final norm.</summary>
    /// <param name="x">float32 [1, S, width]: embeddings of consecutive positions; becomes the residual stream.</param>
    /// <param name="cache">Holds the positions before <paramref name="x"/> and takes those of it.</param>
    /// <returns>float32 [1, S, width].</returns>
    public Tensor Run(Tensor x, KeyValueCache cache)
    {
        var (first, count) = (cache.Length, x.size(1));
        var (cos, sin) = (_cos.narrow(0, first, count), _sin.narrow(0, first, count));
        var mask = count == 1 ? null : Mask(first, count);
        for (var i = 0; i < _layers.Length; i++)
        {
            x.add_(Attend(i, Norm(x, _layers[i].AttentionNorm), cos, sin, mask, cache));
            x.add_(FeedForward(_layers[i], Norm(x, _layers[i].FeedForwardNorm)));
        }

        cache.Advance((int)count);
        return Norm(x, _finalNorm);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            layer?.Dispose();
        }

        _finalNorm?.Dispose();
        _cos?.Dispose();
        _sin?.Dispose();
        _epsilon?.Dispose();
        WatchedQuery?.Dispose();
    }

    // The mean square is the squared length over the width.
    private Tensor Norm(Tensor x, Tensor gain)
    {
        var length = linalg.vector_norm(x, 2, [-1], keepdim: true);
        return (x * _epsilon.addcmul(length, length, Constant.Of(1.0 / _config.Width)).rsqrt_()).mul_(gain);
    }

    private Tensor Attend(int index, Tensor x, Tensor cos, Tensor sin, Tensor? mask, KeyValueCache cache)
    {
        var layer = _layers[index];
        var (count, heads, keys, width) = (x.size(1), _config.HeadCount, _config.KeyValueHeadCount, _config.HeadWidth);
        var group = heads / keys;
        var together = linear(x.to(layer.Output.dtype), layer.QueryKeyValue).view(1, count, heads + (2 * keys), width);
        var rotated = Rotate(together.narrow(2, 0, heads + keys), cos, sin);
        var (key, value) = cache.Extend(index, rotated.narrow(2, heads, keys).transpose(1, 2), together.narrow(2, heads + keys, keys).transpose(1, 2));

        if (_watched is { } watched && watched.Layer == index)
        {
            WatchedQuery!.copy_(rotated.select(1, count - 1).select(1, watched.Head).squeeze(0));
        }

        // Queries that share a key head are more rows for it: [1, KV, group · S, D].
        var query = rotated.narrow(2, 0, heads).to(layer.Output.dtype).view(1, count, keys, group, width).permute(0, 2, 3, 1, 4).reshape(1, keys, group * count, width);
        var attended = scaled_dot_product_attention(query, key, value, mask);
        return linear(attended.view(1, keys, group, count, width).permute(0, 3, 1, 2, 4).reshape(1, count, _config.QueryWidth), layer.Output);
    }

    // [1, S, N, D] in the model's type to the same in single precision: (first, second) · cos + (−second, first) · sin.
    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin) => (x * cos).add_(x.roll(x.size(3) / 2, 3) * sin);

    private Tensor FeedForward(Layer layer, Tensor x)
    {
        var gateUp = linear(x.to(layer.Down.dtype), layer.GateUp);
        var inner = _config.FeedForwardWidth;
        return linear(silu(gateUp.narrow(-1, 0, inner)).mul_(gateUp.narrow(-1, inner, inner)), layer.Down);
    }

    // True where a query may look: at its own position and before. [group · S, P + S]
    private Tensor Mask(long first, long count) =>
        ones([count, first + count], ScalarType.Bool, _cos.device).tril(first).repeat(_config.HeadCount / _config.KeyValueHeadCount, 1);

    private sealed class Layer : IDisposable
    {
        public Tensor AttentionNorm { get; set; } = null!;

        public Tensor QueryKeyValue { get; set; } = null!;

        public Tensor Output { get; set; } = null!;

        public Tensor FeedForwardNorm { get; set; } = null!;

        public Tensor GateUp { get; set; } = null!;

        public Tensor Down { get; set; } = null!;

        public void Dispose()
        {
            foreach (var tensor in (Tensor?[])[AttentionNorm, QueryKeyValue, Output, FeedForwardNorm, GateUp, Down])
            {
                tensor?.Dispose();
            }
        }
    }
}
