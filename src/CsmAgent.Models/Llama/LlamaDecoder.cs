using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Llama;

/// <summary>
/// The Llama decoder as pure functions over its weights; gradients flow through all of them. Intermediate tensors belong to
/// the caller's dispose scope.
/// </summary>
public static class LlamaDecoder
{
    /// <summary>Runs all layers and the final norm.</summary>
    /// <param name="weights">The decoder's parameters.</param>
    /// <param name="x">[B, S, width]: embeddings of the positions from 0 on; borrowed.</param>
    /// <param name="afterLayer">Shown the residual stream [B, S, width] after each layer; may be null.</param>
    /// <param name="dropout">Applied under training to what each sub-block adds to the residual stream; null for none.</param>
    /// <param name="attending">Shown each layer's rotated queries [B, heads, S, head width] and keys [B, key heads, S, head width];
    /// may be null.</param>
    /// <returns>[B, S, width].</returns>
    public static Tensor Forward(
        LlamaWeights weights, Tensor x, Action<int, Tensor>? afterLayer = null, Func<Tensor, Tensor>? dropout = null, Action<int, Tensor, Tensor>? attending = null)
    {
        var count = x.size(1);
        // [S, half]; the rotation itself is done in single precision whatever the weights are.
        var cos = weights.Cos.narrow(0, 0, count);
        var sin = weights.Sin.narrow(0, 0, count);
        var mask = count == 1 ? null : CausalMask(count, x);
        for (var layer = 0; layer < weights.Layers.Count; layer++)
        {
            var parameters = weights.Layers[layer];
            var attended = Attend(weights, layer, RmsNorm(x, parameters.AttentionNorm, weights.Config.NormEpsilon), cos, sin, mask, attending);
            x = x + (dropout?.Invoke(attended) ?? attended);
            var fed = FeedForward(parameters, RmsNorm(x, parameters.FeedForwardNorm, weights.Config.NormEpsilon));
            x = x + (dropout?.Invoke(fed) ?? fed);
            afterLayer?.Invoke(layer, x);
        }

        return RmsNorm(x, weights.FinalNorm, weights.Config.NormEpsilon);
    }

    /// <summary>x / rms(x) · gain, with the mean taken in single precision.</summary>
    /// <param name="x">[…, width].</param>
    /// <param name="gain">[width].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static Tensor RmsNorm(Tensor x, Tensor gain, double epsilon)
    {
        var wide = x.to(float32);
        return (wide * rsqrt(wide.square().mean([-1], keepdim: true) + Constant.Of(epsilon))).to(x.dtype) * gain;
    }

    /// <summary>Rotates each pair (i, i + half) of every head by its position's angle.</summary>
    /// <param name="x">[B, H, S, head width].</param>
    /// <param name="cos">float32 [S, head width / 2].</param>
    /// <param name="sin">float32 [S, head width / 2].</param>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var halves = x.to(float32).chunk(2, dim: -1);
        var (first, second) = (halves[0], halves[1]);
        return cat([(first * cos) - (second * sin), (second * cos) + (first * sin)], dim: -1).to(x.dtype);
    }

    private static Tensor Attend(LlamaWeights weights, int layer, Tensor x, Tensor cos, Tensor sin, Tensor? mask, Action<int, Tensor, Tensor>? attending)
    {
        var (config, parameters) = (weights.Config, weights.Layers[layer]);
        var query = Rotate(Heads(linear(x, parameters.Query), config.HeadWidth), cos, sin); // [B, H, S, D]
        var key = Rotate(Heads(linear(x, parameters.Key), config.HeadWidth), cos, sin); // [B, KV, S, D]
        var value = Heads(linear(x, parameters.Value), config.HeadWidth);
        attending?.Invoke(layer, query, key);
        var group = config.HeadCount / config.KeyValueHeadCount;
        if (group > 1)
        {
            key = key.repeat_interleave(group, dim: 1);
            value = value.repeat_interleave(group, dim: 1);
        }

        var attended = scaled_dot_product_attention(query, key, value, mask); // [B, H, S, D]
        return linear(attended.transpose(1, 2).flatten(2), parameters.Output);
    }

    private static Tensor FeedForward(LlamaLayerWeights parameters, Tensor x) =>
        linear(silu(linear(x, parameters.Gate)) * linear(x, parameters.Up), parameters.Down);

    // [B, S, H · D] to [B, H, S, D].
    private static Tensor Heads(Tensor x, int headWidth) => x.view(x.size(0), x.size(1), -1, headWidth).transpose(1, 2);

    // True where a query may look: at its own position and before. [S, S]
    private static Tensor CausalMask(long count, Tensor like) => ones([count, count], ScalarType.Bool, like.device).tril();
}
