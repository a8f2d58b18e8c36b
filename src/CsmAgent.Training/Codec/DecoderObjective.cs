using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>The loss of a decoder over frozen codebooks, of the encoder before them where it learns too, and of the discriminators that judge the sound.</summary>
/// <param name="run">The run; borrowed.</param>
/// <param name="codebooks">Codebook vectors, which stay as they are; borrowed.</param>
/// <param name="sound">The distance to the recordings; borrowed.</param>
public sealed class DecoderObjective(CodecRun run, IReadOnlyList<Tensor> codebooks, SoundObjective sound)
{
    private const double CommitmentWeight = 1;

    // The discriminators on whole crops took two thirds of a step. Crops lie anywhere in an utterance, so their last frames are as good as any.
    private const int JudgedFrames = 4;

    /// <summary>All losses from one pass.</summary>
    /// <param name="tensors">The trained tensors.</param>
    /// <param name="discriminators">Least-squares discriminators: their tensors to be trained, the same numbers without gradient for the decoder's
    /// loss, and how much they count, 0 to 1, for they are fresh at first. Null for none.</param>
    /// <param name="crops">Codes to say; borrowed.</param>
    /// <param name="recordings">Recordings to encode and say, beside them; borrowed. Null where the encoder does not learn.</param>
    /// <returns>The discriminators' loss is null without them.</returns>
    public (Tensor Decoder, Tensor? Judges, CodecLosses Parts) Compute(
        IReadOnlyDictionary<string, Tensor> tensors,
        (IReadOnlyDictionary<string, Tensor> Trained, IReadOnlyDictionary<string, Tensor> Fixed, double Trust)? discriminators, CodeCrops crops, CropBatch? recordings)
    {
        var weights = run.Bind(tensors, codebooks);
        var (latent, target, labels) = (MimiQuantizer.Decode(crops.Codes, weights), crops.Wanted, crops.Phones);
        var commitment = zeros(1).squeeze();
        if (recordings is not null)
        {
            (var encoded, commitment) = Encode(recordings.Heard, weights);
            (latent, target, labels) = (cat([latent, encoded]), cat([target, recordings.Wanted]), cat([labels, recordings.Phones]));
        }

        var (said, wanted, phones) = SoundObjective.Counted(MimiCodec.DecodeLatent(latent, weights), target, labels);
        var (distance, parts) = sound.Distance(said, wanted, phones);
        var decoder = distance + (commitment * Constant.Of(CommitmentWeight));
        parts = parts with { Commitment = commitment.item<float>() };
        Tensor? judges = null;
        if (discriminators is var (judging, judged, trust))
        {
            using var trusted = (TorchSharp.Scalar)trust;
            (var adversarial, judges, var features) = Sharpen(Judged(said), Judged(wanted), judging, judged);
            decoder = decoder + (adversarial * trusted);
            parts = parts with { Judges = judges.item<float>(), Features = features.item<float>() };
        }

        return (decoder, judges, parts with { Total = decoder.item<float>() + parts.Judges });
    }

    private static (Tensor Latent, Tensor Commitment) Encode(Tensor heard, MimiWeights weights)
    {
        var (semantic, acoustic, _) = TrainingQuantizer.Split(MimiCodec.Latent(heard, weights), weights, null);
        return (F.conv1d(semantic.Value, weights.SemanticOut) + F.conv1d(acoustic.Value, weights.AcousticOut), semantic.Commitment + acoustic.Commitment);
    }

    private static Tensor Judged(Tensor sound)
    {
        var length = Math.Min(sound.size(2), JudgedFrames * MimiConfig.FrameSamples);
        return sound.narrow(2, sound.size(2) - length, length).contiguous();
    }

    private static (Tensor Adversarial, Tensor Judges, Tensor Features) Sharpen(
        Tensor said, Tensor wanted, IReadOnlyDictionary<string, Tensor> judging, IReadOnlyDictionary<string, Tensor> judged)
    {
        var judges = zeros(1).squeeze();
        var truth = Discriminators.Judge(wanted, judging);
        foreach (var ((real, _, _), (fake, _, _)) in truth.Zip(Discriminators.Judge(said.detach(), judging)))
        {
            judges = judges + real.sub(Constant.Of(1)).square().mean() + fake.square().mean();
        }

        var (verdicts, features) = (zeros(1).squeeze(), zeros(1).squeeze());
        foreach (var (target, got) in truth.Zip(Discriminators.Judge(said, judged)))
        {
            verdicts = verdicts + (got.Verdict.sub(Constant.Of(1)).square().mean() * Constant.Of(target.Weights.Verdict));
            foreach (var (real, fake) in target.Features.Select(feature => feature.detach()).Zip(got.Features))
            {
                features = features + ((fake - real).abs().mean() / (real.abs().mean() + Constant.Of(1e-3)) * Constant.Of(target.Weights.Features));
            }
        }

        return (verdicts + features, judges, features);
    }
}
