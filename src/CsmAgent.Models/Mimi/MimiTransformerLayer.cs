using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi;

/// <summary>One pre-norm layer of Mimi's transformers; q and k rows are in rotate-half order.</summary>
/// <param name="AttentionNormWeight">(D) weight of the norm before attention.</param>
/// <param name="AttentionNormBias">(D) its bias.</param>
/// <param name="Query">(H · d, D).</param>
/// <param name="Key">(H · d, D).</param>
/// <param name="Value">(H · d, D).</param>
/// <param name="Output">(D, H · d).</param>
/// <param name="AttentionScale">(D) layer scale of the attention's output.</param>
/// <param name="FeedForwardNormWeight">(D) weight of the norm before the feed-forward part.</param>
/// <param name="FeedForwardNormBias">(D) its bias.</param>
/// <param name="FeedForwardIn">(F, D).</param>
/// <param name="FeedForwardOut">(D, F).</param>
/// <param name="FeedForwardScale">(D) layer scale of the feed-forward part's output.</param>
public sealed record MimiTransformerLayer(
    Tensor AttentionNormWeight, Tensor AttentionNormBias, Tensor Query, Tensor Key, Tensor Value, Tensor Output, Tensor AttentionScale,
    Tensor FeedForwardNormWeight, Tensor FeedForwardNormBias, Tensor FeedForwardIn, Tensor FeedForwardOut, Tensor FeedForwardScale);
