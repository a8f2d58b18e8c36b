using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>One worker's crops of a step.</summary>
/// <param name="Heard">(B, 1, T): what the encoder hears, with noise and level.</param>
/// <param name="Wanted">(B, 1, T): what the decoder should say, without the noise.</param>
/// <param name="Phones">(B, T / 480), int64 labels.</param>
/// <param name="Active">(B): acoustic codebooks to use.</param>
/// <param name="Bypass">(B, 1, 1): 1 where the acoustic quantiser is bypassed.</param>
public sealed record CropBatch(Tensor Heard, Tensor Wanted, Tensor Phones, Tensor Active, Tensor Bypass);
