using static TorchSharp.torch;

namespace CsmAgent.Models.Llama;

/// <summary>Parameters of one layer. Projections are [out, in]; query and key rows of a head are in halves.</summary>
/// <param name="AttentionNorm">[width].</param>
/// <param name="Query">[heads · head width, width].</param>
/// <param name="Key">[KV heads · head width, width].</param>
/// <param name="Value">[KV heads · head width, width].</param>
/// <param name="Output">[width, heads · head width].</param>
/// <param name="FeedForwardNorm">[width].</param>
/// <param name="Gate">[inner width, width].</param>
/// <param name="Up">[inner width, width].</param>
/// <param name="Down">[width, inner width].</param>
public sealed record LlamaLayerWeights(
    Tensor AttentionNorm, Tensor Query, Tensor Key, Tensor Value, Tensor Output, Tensor FeedForwardNorm, Tensor Gate, Tensor Up, Tensor Down);
