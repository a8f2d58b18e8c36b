using CsmAgent.Models.Llama;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>A decoder's weights, packed. Read-only; any number of sessions share it.</summary>
/// <param name="Config">The decoder's shape.</param>
/// <param name="Layers">Layers, first to last.</param>
/// <param name="FinalNorm">Scale of the norm after the last layer.</param>
/// <param name="Rope">Rotary tables for all positions.</param>
internal sealed record PackedDecoder(LlamaConfig Config, IReadOnlyList<PackedDecoderLayer> Layers, float[] FinalNorm, RopeTable Rope)
{
    /// <summary>Inner width of the feed-forward part rounded up to whole blocks of sixteen rows; the rest is zero.</summary>
    public static int InnerWidth(LlamaConfig config) => (config.FeedForwardWidth + 15) / 16 * 16;
}
