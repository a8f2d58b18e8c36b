using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>One layer's weights, packed.</summary>
/// <param name="AttentionNorm">Scale of the norm before attention.</param>
/// <param name="QueryKeyValue">Query rows, then key rows, then value rows.</param>
/// <param name="Output">From the heads back to the residual stream.</param>
/// <param name="FeedForwardNorm">Scale of the norm before the feed-forward part.</param>
/// <param name="GateUp">Sixteen gate rows, then the sixteen up rows that belong to them, and so on.</param>
/// <param name="Down">Back to the residual stream; as many columns as the padded inner width.</param>
internal sealed record PackedDecoderLayer(
    float[] AttentionNorm, PackedMatrix QueryKeyValue, PackedMatrix Output, float[] FeedForwardNorm, PackedMatrix GateUp, PackedMatrix Down);
