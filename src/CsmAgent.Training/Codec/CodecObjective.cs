using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>The codec's loss on a batch of crops.</summary>
/// <param name="config">The codec's shape.</param>
/// <param name="mel">The spectral distance; borrowed.</param>
/// <param name="phoneWeight">Weight of the phone loss.</param>
public sealed class CodecObjective(MimiConfig config, MelLoss mel, double phoneWeight)
{
    private const double SampleWeight = 5;
    private const double CommitmentWeight = 0.25;

    /// <summary>Loss of encoder, quantiser and decoder together.</summary>
    /// <param name="tensors">Trained tensors by canonical name, phone head included.</param>
    /// <param name="codebooks">Current codebook vectors; borrowed.</param>
    /// <param name="crops">The batch; borrowed.</param>
    /// <param name="phonesReachEncoder">False while the phone head is too fresh to teach.</param>
    /// <returns>The scalar to minimise, its parts, and what each codebook quantised.</returns>
    public (Tensor Loss, CodecLosses Parts, IReadOnlyList<(Tensor Vectors, Tensor Chosen)> Choices) Whole(
        IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyList<Tensor> codebooks, CropBatch crops, bool phonesReachEncoder)
    {
        var weights = MimiWeights.Bind(config, name => tensors[name], codebooks);
        var latent = MimiCodec.Latent(crops.Heard, weights);
        var (semantic, acoustic, plain) = TrainingQuantizer.Split(latent, weights, crops.Active);
        var passed = acoustic.Value + (crops.Bypass * (plain - acoustic.Value));
        var said = MimiCodec.DecodeLatent(F.conv1d(semantic.Value, weights.SemanticOut) + F.conv1d(passed, weights.AcousticOut), weights);

        var logits = PhoneHead.Logits(phonesReachEncoder ? semantic.Value : semantic.Value.detach(), tensors);
        var phones = F.cross_entropy(logits, crops.Phones);
        var (sound, parts) = Sound(said, crops.Wanted);
        var commitment = semantic.Commitment + acoustic.Commitment;
        var loss = sound + (phones * Constant.Of(phoneWeight)) + (commitment * Constant.Of(CommitmentWeight));
        using var guard = no_grad();
        var right = logits.argmax(1).eq(crops.Phones).to(ScalarType.Float32).mean().item<float>();
        var losses = parts with
        {
            Phones = phones.item<float>(),
            PhonesRight = right,
            Commitment = commitment.item<float>(),
            Total = loss.item<float>(),
        };
        return (loss, losses, [.. semantic.Choices, .. acoustic.Choices]);
    }

    /// <summary>Loss of the decoder alone.</summary>
    /// <param name="said">(B, 1, T): what it said.</param>
    /// <param name="wanted">(B, 1, T): what it should have said.</param>
    public (Tensor Loss, CodecLosses Parts) Sound(Tensor said, Tensor wanted)
    {
        var spectral = mel.Distance(said.squeeze(1), wanted.squeeze(1));
        var samples = (said - wanted).abs().mean();
        var loss = spectral + (samples * Constant.Of(SampleWeight));
        return (loss, new(spectral.item<float>(), samples.item<float>(), 0, 0, 0, loss.item<float>()));
    }
}
