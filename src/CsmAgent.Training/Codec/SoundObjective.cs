using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>How far what a decoder said is from what it should have said: in spectrum and samples, to an ear, and as a recogniser looks at it.</summary>
/// <param name="plain">The spectral and sample distance.</param>
/// <param name="ear">Hears phones; borrowed.</param>
/// <param name="hearing">Its weights (<see cref="EarTraining"/>); borrowed.</param>
/// <param name="cepstra">How a recogniser looks at sound; borrowed.</param>
/// <param name="options">The weights of what it looks at.</param>
public sealed class SoundObjective(
    CodecObjective plain, PhoneEar ear, IReadOnlyDictionary<string, Tensor> hearing, CepstralLoss cepstra, CodecOptions options)
{
    // A crop's first frames lack the past that a stream would have.
    private const int WarmUpFrames = 2;
    private const double PlainWeight = 3;
    private const double SpeechWeight = 6;

    /// <summary>What counts of a crop: all but its first frames.</summary>
    /// <param name="said">(B, 1, 1920 T): what was said; borrowed.</param>
    /// <param name="wanted">(B, 1, 1920 T): what should have been said; borrowed.</param>
    /// <param name="phones">(B, 4 T): its phones; borrowed.</param>
    /// <returns>Views.</returns>
    public static (Tensor Said, Tensor Wanted, Tensor Phones) Counted(Tensor said, Tensor wanted, Tensor phones)
    {
        var frames = said.size(2) / MimiConfig.FrameSamples;
        var skipped = Math.Min(WarmUpFrames, frames - 1);
        Tensor Rest(Tensor whole, int dimension, long perFrame) => whole.narrow(dimension, skipped * perFrame, (frames - skipped) * perFrame);
        return (Rest(said, 2, MimiConfig.FrameSamples), Rest(wanted, 2, MimiConfig.FrameSamples), Rest(phones, 1, PhoneRuns.LabelsPerFrame));
    }

    /// <summary>The distance.</summary>
    /// <param name="said">(B, 1, T), T a multiple of 480; borrowed.</param>
    /// <param name="wanted">(B, 1, T); borrowed.</param>
    /// <param name="phones">(B, T / 480); borrowed.</param>
    /// <returns>A scalar to minimise, and its parts.</returns>
    public (Tensor Loss, CodecLosses Parts) Distance(Tensor said, Tensor wanted, Tensor phones)
    {
        var (sound, parts) = plain.Sound(said, wanted);
        var heard = ear.Logits(said, hearing);
        var misheard = F.cross_entropy(heard, phones);
        var loss = (sound * Constant.Of(PlainWeight)) + (misheard * Constant.Of(SpeechWeight * options.PhoneWeight));
        parts = parts with { Phones = misheard.item<float>(), PhonesRight = Right(heard, phones) };
        if (options.CepstraWeight > 0 || options.SpreadWeight > 0)
        {
            var (distance, spread) = cepstra.Compare(said.squeeze(1), wanted.squeeze(1));
            loss = loss + (distance * Constant.Of(SpeechWeight * options.CepstraWeight)) + (spread * Constant.Of(SpeechWeight * options.SpreadWeight));
            parts = parts with { Cepstra = distance.item<float>(), Spread = spread.item<float>() };
        }

        return (loss, parts with { Total = loss.item<float>() });
    }

    private static double Right(Tensor heard, Tensor phones)
    {
        using var guard = no_grad();
        return heard.argmax(1).eq(phones).to(ScalarType.Float32).mean().item<float>();
    }
}
