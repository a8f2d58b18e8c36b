namespace CsmAgent.Models.Llama;

/// <summary>One query head of a decoder.</summary>
/// <param name="Layer">From 0.</param>
/// <param name="Head">From 0.</param>
public sealed record AttentionHead(int Layer, int Head);
