using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>What quantising a batch gave.</summary>
/// <param name="Value">(B, d, T): the chosen vectors, with the input's gradient passed straight through.</param>
/// <param name="Commitment">Scalar: squared distance of the input to the chosen vectors, level by level.</param>
/// <param name="Choices">Per codebook: the vectors that were quantised (N, d) and the entries chosen (N).</param>
public sealed record Quantized(Tensor Value, Tensor Commitment, IReadOnlyList<(Tensor Vectors, Tensor Chosen)> Choices);
