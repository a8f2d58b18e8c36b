using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>The loss of a decoder over frozen codes, and of the discriminators that judge its sound.</summary>
/// <param name="run">The run; borrowed.</param>
/// <param name="codebooks">Codebook vectors, which stay as they are; borrowed.</param>
/// <param name="sound">The spectral and sample distance.</param>
/// <param name="ear">Hears phones; borrowed.</param>
/// <param name="hearing">Its weights (<see cref="EarTraining"/>); borrowed.</param>
/// <param name="phoneWeight">Weight of being understood by it.</param>
/// <param name="cepstra">How a recogniser looks at sound; borrowed.</param>
/// <param name="cepstraWeight">Weight of its distance; 0 for none.</param>
public sealed class DecoderObjective(
    CodecRun run, IReadOnlyList<Tensor> codebooks, CodecObjective sound, PhoneEar ear, IReadOnlyDictionary<string, Tensor> hearing, double phoneWeight,
    CepstralLoss cepstra, double cepstraWeight)
{
    // A crop's first frames lack the past that a stream would have.
    private const int WarmUpFrames = 2;
    private const double SpectralWeight = 6;
    private const double VerdictWeight = 0.5;
    private const double FeatureWeight = 0.35;

    /// <summary>Both losses from one pass.</summary>
    /// <param name="tensors">The decoder's trained tensors.</param>
    /// <param name="discriminators">Least-squares discriminators: their tensors to be trained, the same numbers without gradient for the decoder's
    /// loss, and how much they count, 0 to 1, for they are fresh at first. Null for none.</param>
    /// <param name="crops">The batch; borrowed.</param>
    /// <returns>The discriminators' loss is null without them.</returns>
    public (Tensor Decoder, Tensor? Judges, CodecLosses Parts) Compute(
        IReadOnlyDictionary<string, Tensor> tensors,
        (IReadOnlyDictionary<string, Tensor> Trained, IReadOnlyDictionary<string, Tensor> Fixed, double Trust)? discriminators, CodeCrops crops)
    {
        var (said, wanted, phones) = Say(tensors, crops);
        var (plain, parts) = sound.Sound(said, wanted);
        var heard = ear.Logits(said, hearing);
        var misheard = F.cross_entropy(heard, phones);
        var decoder = (plain * Constant.Of(SpectralWeight)) + (misheard * Constant.Of(SpectralWeight * phoneWeight));
        parts = parts with { Phones = misheard.item<float>(), PhonesRight = Right(heard, phones) };
        if (cepstraWeight > 0)
        {
            var distance = cepstra.Distance(said.squeeze(1), wanted.squeeze(1));
            decoder = decoder + (distance * Constant.Of(SpectralWeight * cepstraWeight));
            parts = parts with { Cepstra = distance.item<float>() };
        }

        Tensor? judges = null;
        if (discriminators is var (judging, judged, trust))
        {
            using var trusted = (TorchSharp.Scalar)trust;
            (var adversarial, judges, var features) = Sharpen(said, wanted, judging, judged);
            decoder = decoder + (adversarial * trusted);
            parts = parts with { Judges = judges.item<float>(), Features = features.item<float>() };
        }

        return (decoder, judges, parts with { Total = decoder.item<float>() + parts.Judges });
    }

    private static (Tensor Adversarial, Tensor Judges, Tensor Features) Sharpen(
        Tensor said, Tensor wanted, IReadOnlyDictionary<string, Tensor> judging, IReadOnlyDictionary<string, Tensor> judged)
    {
        var judges = zeros(1).squeeze();
        var truth = Discriminators.Judge(wanted, judging);
        foreach (var ((real, _), (fake, _)) in truth.Zip(Discriminators.Judge(said.detach(), judging)))
        {
            judges = judges + real.sub(Constant.Of(1)).square().mean() + fake.square().mean();
        }

        var (verdicts, features) = (zeros(1).squeeze(), zeros(1).squeeze());
        foreach (var (target, got) in truth.Zip(Discriminators.Judge(said, judged)))
        {
            verdicts = verdicts + got.Verdict.sub(Constant.Of(1)).square().mean();
            foreach (var (real, fake) in target.Features.Select(feature => feature.detach()).Zip(got.Features))
            {
                features = features + ((fake - real).abs().mean() / (real.abs().mean() + Constant.Of(1e-3)));
            }
        }

        return ((verdicts * Constant.Of(VerdictWeight)) + (features * Constant.Of(FeatureWeight)), judges, features);
    }

    private static double Right(Tensor heard, Tensor phones)
    {
        using var guard = no_grad();
        return heard.argmax(1).eq(phones).to(ScalarType.Float32).mean().item<float>();
    }

    private (Tensor Said, Tensor Wanted, Tensor Phones) Say(IReadOnlyDictionary<string, Tensor> tensors, CodeCrops crops)
    {
        var weights = MimiWeights.Bind(run.Config, name => tensors.TryGetValue(name, out var trained) ? trained : run.Frozen(name), codebooks);
        var said = MimiCodec.Decode(crops.Codes, weights);
        var frames = said.size(2) / MimiConfig.FrameSamples;
        var skipped = Math.Min(WarmUpFrames, frames - 1);
        Tensor Rest(Tensor whole, int dimension, long perFrame) => whole.narrow(dimension, skipped * perFrame, (frames - skipped) * perFrame);
        return (
            Rest(said, 2, MimiConfig.FrameSamples), Rest(crops.Wanted, 2, MimiConfig.FrameSamples), Rest(crops.Phones, 1, PhoneRuns.LabelsPerFrame));
    }
}
