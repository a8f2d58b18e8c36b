using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>The loss of a decoder over frozen codes, with or without discriminators.</summary>
/// <param name="run">The run; borrowed.</param>
/// <param name="codebooks">Codebook vectors, which stay as they are; borrowed.</param>
/// <param name="sound">The spectral and sample distance.</param>
public sealed class DecoderObjective(CodecRun run, IReadOnlyList<Tensor> codebooks, CodecObjective sound)
{
    // A crop's first frames lack the past that a stream would have.
    private const int WarmUpFrames = 2;
    private const double SpectralWeight = 6;
    private const double VerdictWeight = 0.5;
    private const double FeatureWeight = 0.35;

    /// <summary>Spectral and sample distance alone.</summary>
    /// <param name="tensors">Trained tensors by name.</param>
    /// <param name="crops">The batch; borrowed.</param>
    public (Tensor Loss, CodecLosses Parts) Plain(IReadOnlyDictionary<string, Tensor> tensors, CodeCrops crops)
    {
        var (said, wanted) = Say(tensors, crops);
        return sound.Sound(said, wanted);
    }

    /// <summary>Decoder against discriminators (least squares), both losses from one pass.</summary>
    /// <param name="tensors">The decoder's trained tensors.</param>
    /// <param name="judging">The discriminators' tensors, to be trained.</param>
    /// <param name="judged">The same numbers without gradient, for the decoder's loss.</param>
    /// <param name="crops">The batch; borrowed.</param>
    /// <param name="trust">0 to 1: how much the discriminators count; they are fresh at first.</param>
    public (Tensor Decoder, Tensor Judges, CodecLosses Parts) Sharpened(
        IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, Tensor> judging, IReadOnlyDictionary<string, Tensor> judged,
        CodeCrops crops, double trust)
    {
        var (said, wanted) = Say(tensors, crops);
        var (plain, parts) = sound.Sound(said, wanted);

        var judges = zeros(1).squeeze();
        foreach (var ((real, _), (fake, _)) in Discriminators.Judge(wanted, judging).Zip(Discriminators.Judge(said.detach(), judging)))
        {
            judges = judges + real.sub(Constant.Of(1)).square().mean() + fake.square().mean();
        }

        IReadOnlyList<(Tensor Verdict, IReadOnlyList<Tensor> Features)> truth;
        using (no_grad())
        {
            truth = Discriminators.Judge(wanted, judged);
        }

        var (verdicts, features) = (zeros(1).squeeze(), zeros(1).squeeze());
        foreach (var (target, got) in truth.Zip(Discriminators.Judge(said, judged)))
        {
            verdicts = verdicts + got.Verdict.sub(Constant.Of(1)).square().mean();
            foreach (var (real, fake) in target.Features.Zip(got.Features))
            {
                features = features + ((fake - real).abs().mean() / (real.abs().mean() + Constant.Of(1e-3)));
            }
        }

        using var trusted = (TorchSharp.Scalar)trust;
        var adversarial = (verdicts * Constant.Of(VerdictWeight)) + (features * Constant.Of(FeatureWeight));
        var decoder = (plain * Constant.Of(SpectralWeight)) + (adversarial * trusted);
        return (decoder, judges, parts with { Total = decoder.item<float>() + judges.item<float>(), Judges = judges.item<float>(), Features = features.item<float>() });
    }

    private (Tensor Said, Tensor Wanted) Say(IReadOnlyDictionary<string, Tensor> tensors, CodeCrops crops)
    {
        var weights = MimiWeights.Bind(run.Config, name => tensors.TryGetValue(name, out var trained) ? trained : run.Frozen(name), codebooks);
        var said = MimiCodec.Decode(crops.Codes, weights);
        var skipped = Math.Min(WarmUpFrames, (said.size(2) / MimiConfig.FrameSamples) - 1) * MimiConfig.FrameSamples;
        var length = said.size(2) - skipped;
        return (said.narrow(2, skipped, length), crops.Wanted.narrow(2, skipped, length));
    }
}
