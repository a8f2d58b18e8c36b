using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Models.Mimi;

/// <summary>Mimi over whole signals: pure functions, differentiable, no state. A caller that needs no gradient
/// enters <c>torch.inference_mode()</c> and a dispose scope first.</summary>
public static class MimiCodec
{
    /// <summary>Waveform to codes.</summary>
    /// <param name="audio">(B, 1, T) at 24 kHz; padded with zeros on the right to whole frames; borrowed.</param>
    /// <param name="weights">The codec.</param>
    /// <param name="codebooks">How many codebooks to fill; null for all.</param>
    /// <returns>(B, codebooks, ⌈T / 1920⌉), int64; row 0 semantic.</returns>
    public static Tensor Encode(Tensor audio, MimiWeights weights, int? codebooks = null) =>
        MimiQuantizer.Encode(Latent(audio, weights), weights, codebooks ?? weights.Config.Codebooks);

    /// <summary>Waveform to the latent before the quantiser.</summary>
    /// <param name="audio">(B, 1, T) at 24 kHz; padded with zeros on the right to whole frames; borrowed.</param>
    /// <param name="weights">The codec.</param>
    /// <returns>(B, D, ⌈T / 1920⌉) at 12.5 Hz.</returns>
    public static Tensor Latent(Tensor audio, MimiWeights weights)
    {
        var missing = (MimiConfig.FrameSamples - (audio.size(2) % MimiConfig.FrameSamples)) % MimiConfig.FrameSamples;
        var whole = missing > 0 ? F.pad(audio, (0, missing)) : audio;
        var convolved = MimiConvolutions.Encode(whole, weights.Encoder);
        var attended = MimiTransformers.Forward(convolved, weights.EncoderTransformer, weights.Config);
        return MimiConvolutions.ForwardFromFirst(attended, weights.Downsample);
    }

    /// <summary>Codes to waveform.</summary>
    /// <param name="codes">(B, K, T), int64, K from 1 to the codec's codebooks; borrowed.</param>
    /// <param name="weights">The codec.</param>
    /// <returns>(B, 1, 1920 · T).</returns>
    public static Tensor Decode(Tensor codes, MimiWeights weights) => DecodeLatent(MimiQuantizer.Decode(codes, weights), weights);

    /// <summary>Latent to waveform.</summary>
    /// <param name="latent">(B, D, T) at 12.5 Hz; borrowed.</param>
    /// <param name="weights">The codec.</param>
    /// <returns>(B, 1, 1920 · T).</returns>
    public static Tensor DecodeLatent(Tensor latent, MimiWeights weights)
    {
        var upsampled = MimiConvolutions.Transposed(latent.to(weights.Upsample.Weight.dtype), weights.Upsample);
        var attended = MimiTransformers.Forward(upsampled, weights.DecoderTransformer, weights.Config);
        return MimiConvolutions.Decode(attended, weights.Decoder);
    }
}
