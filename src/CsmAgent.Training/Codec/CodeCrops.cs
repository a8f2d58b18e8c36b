using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>One worker's crops of a decoder step.</summary>
/// <param name="Codes">(B, K, T) int64; fewer than all codebooks at times, as quantiser dropout.</param>
/// <param name="Wanted">(B, 1, 1920 T): the recording.</param>
/// <param name="Phones">(B, 4 T) int64: the labels of the recording.</param>
public sealed record CodeCrops(Tensor Codes, Tensor Wanted, Tensor Phones);
