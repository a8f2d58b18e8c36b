using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>How far what a decoder said is from what it should have said: in spectrum and samples, to an ear, and as a recogniser looks at it.</summary>
public sealed class SoundObjective : IDisposable
{
    // A crop's first frames lack the past that a stream would have.
    private const int WarmUpFrames = 2;
    private const double PlainWeight = 3;
    private const double SpeechWeight = 6;
    private readonly CodecOptions _options;
    private readonly CodecObjective _plain;
    private readonly PhoneEar _ear = new();
    private readonly CepstralLoss _cepstra = new();
    private readonly IReadOnlyDictionary<string, Tensor> _hearing;

    /// <summary>Opens the run's ear, or teaches it (<see cref="EarTraining.Open"/>, whose errors are thrown).</summary>
    /// <param name="options">The run, and the weights of what is looked at.</param>
    /// <param name="plain">The spectral and sample distance.</param>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="progress">Told while the ear learns; null for silence.</param>
    /// <param name="cancellationToken">Ends that.</param>
    public SoundObjective(
        CodecOptions options, CodecObjective plain, PreparedCorpus corpus, IProgress<(long Step, string Line)>? progress = null, CancellationToken cancellationToken = default)
    {
        (_options, _plain) = (options, plain);
        _hearing = EarTraining.Open(options, _ear, corpus, progress, cancellationToken);
    }

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
    /// <returns>A scalar to minimise, and its parts but for <see cref="CodecLosses.Total"/>.</returns>
    public (Tensor Loss, CodecLosses Parts) Distance(Tensor said, Tensor wanted, Tensor phones)
    {
        var (sound, parts) = _plain.Sound(said, wanted);
        var heard = _ear.Logits(said, _hearing);
        var misheard = F.cross_entropy(heard, phones);
        var loss = (sound * Constant.Of(PlainWeight)) + (misheard * Constant.Of(SpeechWeight * _options.PhoneWeight));
        parts = parts with { Phones = misheard.item<float>(), PhonesRight = Right(heard, phones) };
        if (_options.CepstraWeight > 0 || _options.SpreadWeight > 0)
        {
            var (distance, spread) = _cepstra.Compare(said.squeeze(1), wanted.squeeze(1));
            loss = loss + (distance * Constant.Of(SpeechWeight * _options.CepstraWeight)) + (spread * Constant.Of(SpeechWeight * _options.SpreadWeight));
            parts = parts with { Cepstra = distance.item<float>(), Spread = spread.item<float>() };
        }

        return (loss, parts);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ear.Dispose();
        _cepstra.Dispose();
        foreach (var weight in _hearing.Values)
        {
            weight.Dispose();
        }
    }

    private static double Right(Tensor heard, Tensor phones)
    {
        using var guard = no_grad();
        return heard.argmax(1).eq(phones).to(ScalarType.Float32).mean().item<float>();
    }
}
