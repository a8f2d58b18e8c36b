using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Mimi;

/// <summary>Mimi's transformers over a whole signal, as functions that autograd can differentiate.</summary>
public static class MimiTransformers
{
    // Queries are taken in blocks, so that memory grows with length × window and not with length².
    private const int QueryBlock = 512;

    /// <summary>Runs the layers; no norm follows the last one.</summary>
    /// <param name="x">(B, D, T) at 25 Hz; borrowed.</param>
    /// <param name="layers">The layers' weights.</param>
    /// <param name="config">The codec's shape.</param>
    /// <returns>(B, D, T).</returns>
    public static Tensor Forward(Tensor x, IReadOnlyList<MimiTransformerLayer> layers, MimiConfig config)
    {
        var (cosine, sine) = Rotations(0, x.size(2), config, x.device);
        x = x.transpose(1, 2); // [B, T, D]
        foreach (var layer in layers)
        {
            var normed = Norm(x, layer.AttentionNormWeight, layer.AttentionNormBias, config);
            x = x + (Attention(normed, layer, cosine, sine, config) * layer.AttentionScale);
            x = x + (FeedForward(x, layer, config) * layer.FeedForwardScale);
        }

        return x.transpose(1, 2);
    }

    /// <summary>Cosines and sines of the rotary angles, each (T, d / 2) in f32.</summary>
    /// <param name="first">The first position, counted at 25 Hz since the last reset.</param>
    /// <param name="count">T, how many positions.</param>
    /// <param name="config">The codec's shape.</param>
    /// <param name="device">Where the tables are made.</param>
    public static (Tensor Cosine, Tensor Sine) Rotations(long first, long count, MimiConfig config, Device device)
    {
        // In double precision and then rounded, so that hours of a stream turn as exactly as its first second.
        var pairs = config.HeadDimension / 2;
        var (cosines, sines) = (new float[count * pairs], new float[count * pairs]);
        for (var i = 0; i < cosines.Length; i++)
        {
            var (row, pair) = Math.DivRem(i, pairs);
            var (sine, cosine) = Math.SinCos((first + row) * Math.Pow(config.RopeTheta, -2.0 * pair / config.HeadDimension));
            (cosines[i], sines[i]) = ((float)cosine, (float)sine);
        }

        return (tensor(cosines, count, pairs, device: device), tensor(sines, count, pairs, device: device));
    }

    /// <summary>Turns q or k, whose rows are in rotate-half order (i pairs with i + d/2).</summary>
    /// <param name="x">(B, H, T, d); borrowed.</param>
    /// <param name="cosine">(T, d / 2).</param>
    /// <param name="sine">(T, d / 2).</param>
    /// <returns>(B, H, T, d), in the input's precision; computed in f32.</returns>
    public static Tensor Rotate(Tensor x, Tensor cosine, Tensor sine)
    {
        var halves = x.to(ScalarType.Float32).chunk(2, -1);
        return cat([(halves[0] * cosine) - (halves[1] * sine), (halves[1] * cosine) + (halves[0] * sine)], -1).to(x.dtype);
    }

    /// <summary>(B, T, H · d) to (B, H, T, d).</summary>
    /// <param name="x">The projected input; borrowed.</param>
    /// <param name="config">The codec's shape.</param>
    public static Tensor SplitHeads(Tensor x, MimiConfig config) =>
        x.view(x.size(0), x.size(1), config.Heads, config.HeadDimension).transpose(1, 2);

    /// <summary>Norm, fc1, exact GELU, fc2; without layer scale and residual.</summary>
    /// <param name="x">(B, T, D); borrowed.</param>
    /// <param name="layer">The layer's weights.</param>
    /// <param name="config">The codec's shape.</param>
    public static Tensor FeedForward(Tensor x, MimiTransformerLayer layer, MimiConfig config)
    {
        var normed = Norm(x, layer.FeedForwardNormWeight, layer.FeedForwardNormBias, config);
        return F.linear(F.gelu(F.linear(normed, layer.FeedForwardIn)), layer.FeedForwardOut);
    }

    /// <summary>Layer norm over the last axis.</summary>
    /// <param name="x">(…, D); borrowed.</param>
    /// <param name="weight">(D).</param>
    /// <param name="bias">(D).</param>
    /// <param name="config">The codec's shape.</param>
    public static Tensor Norm(Tensor x, Tensor weight, Tensor bias, MimiConfig config) =>
        F.layer_norm(x, [config.HiddenSize], weight, bias, config.NormEpsilon);

    private static Tensor Attention(Tensor x, MimiTransformerLayer layer, Tensor cosine, Tensor sine, MimiConfig config)
    {
        var q = Rotate(SplitHeads(F.linear(x, layer.Query), config), cosine, sine);
        var k = Rotate(SplitHeads(F.linear(x, layer.Key), config), cosine, sine);
        var v = SplitHeads(F.linear(x, layer.Value), config);
        var length = x.size(1);
        var blocks = new List<Tensor>();
        for (long start = 0; start < length; start += QueryBlock)
        {
            var count = Math.Min(QueryBlock, length - start);
            var from = Math.Max(0, start - config.AttentionWindow + 1);
            var keys = start + count - from;
            var hidden = WindowMask(start, count, from, keys, config.AttentionWindow, x.device);
            blocks.Add(Attend(q.narrow(2, start, count), k.narrow(2, from, keys), v.narrow(2, from, keys), hidden, config));
        }

        var heads = blocks.Count == 1 ? blocks[0] : cat(blocks, 2);
        return F.linear(heads.transpose(1, 2).reshape(x.size(0), length, -1), layer.Output);
    }

    /// <summary>Softmax attention.</summary>
    /// <param name="q">(B, H, T, d); borrowed.</param>
    /// <param name="k">(B, H, K, d); borrowed.</param>
    /// <param name="v">(B, H, K, d); borrowed.</param>
    /// <param name="hidden">(T, K), true where a query must not look; borrowed.</param>
    /// <param name="config">The codec's shape.</param>
    /// <returns>(B, H, T, d).</returns>
    internal static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor hidden, MimiConfig config)
    {
        var scores = q.matmul(k.transpose(2, 3)) * Constant.Of(1 / Math.Sqrt(config.HeadDimension));
        return scores.masked_fill(hidden, Constant.Of(double.NegativeInfinity)).softmax(-1).matmul(v);
    }

    /// <summary>True where a query must not look: ahead of itself, a window or more behind, or before the oldest key.</summary>
    internal static Tensor WindowMask(long firstQuery, long queries, long firstKey, long keys, int window, Device device, long oldestKey = 0)
    {
        var hidden = new bool[queries * keys];
        for (var i = 0; i < hidden.Length; i++)
        {
            var (query, key) = (firstQuery + (i / keys), firstKey + (i % keys));
            hidden[i] = key > query || query - key >= window || key < oldestKey;
        }

        return tensor(hidden, queries, keys, device: device);
    }
}
