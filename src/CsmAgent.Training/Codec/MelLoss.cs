using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Multi-scale spectral distance: mean |log10| difference of mel energies, plus half the spectral convergence at
/// the longer windows.</summary>
public sealed class MelLoss : IDisposable
{
    // 80 dB below a full tone: recordings of 16 bits end there.
    internal const double Floor = 1e-2;
    private const int ShortestConvergence = 512;
    private const double Top = 12_000;
    private readonly List<Scale> _scales;

    /// <summary>Prepares windows and filter banks.</summary>
    /// <param name="scales">Window length and mel bands of each scale; null for the recipe's four.</param>
    public MelLoss(IReadOnlyList<(int Window, int Bands)>? scales = null) =>
        _scales = [.. (scales ?? [(128, 20), (512, 64), (1024, 80), (2048, 100)]).Select(scale => Prepare(scale.Window, scale.Bands))];

    /// <summary>The distance of two signals, averaged over the batch.</summary>
    /// <param name="said">(B, T); borrowed.</param>
    /// <param name="wanted">(B, T); borrowed.</param>
    /// <returns>A scalar, 0 for equal signals.</returns>
    public Tensor Distance(Tensor said, Tensor wanted)
    {
        Tensor? total = null;
        foreach (var scale in _scales)
        {
            var a = Magnitudes(said, scale);
            Tensor b, mel;
            using (no_grad())
            {
                b = Magnitudes(wanted, scale);
                mel = LogMel(b, scale);
            }

            var distance = (LogMel(a, scale) - mel).abs().mean();
            if (scale.Window >= ShortestConvergence)
            {
                // The 2 keeps near-silent crops from dominating.
                distance = distance + ((a - b).square().sum([1, 2]).add(Constant.Of(1e-8)).sqrt() / (b.square().sum([1, 2]).sqrt() + Constant.Of(2))).mean() * Constant.Of(0.5);
            }

            total = total is null ? distance : total + distance;
        }

        return total!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var scale in _scales)
        {
            scale.Bank.Dispose();
            scale.Shape.Dispose();
        }
    }

    // Triangles with centres evenly spaced on the mel scale.
    internal static float[,] FilterBank(int window, int bands, double bottom = 0, double top = Top)
    {
        var bins = (window / 2) + 1;
        var (bottomMel, topMel) = (Mel(bottom), Mel(top));
        var centres = Enumerable.Range(0, bands + 2)
            .Select(i => 700 * (Math.Pow(10, (bottomMel + ((topMel - bottomMel) * i / (bands + 1))) / 2595) - 1)).ToArray();
        var bank = new float[bands, bins];
        for (var band = 0; band < bands; band++)
        {
            for (var bin = 0; bin < bins; bin++)
            {
                var hertz = Top * bin / (bins - 1);
                var rise = (hertz - centres[band]) / (centres[band + 1] - centres[band]);
                var fall = (centres[band + 2] - hertz) / (centres[band + 2] - centres[band + 1]);
                bank[band, bin] = (float)Math.Max(0, Math.Min(rise, fall));
            }
        }

        return bank;
    }

    // (…, bands, frames) of (…, bins, frames).
    internal static Tensor LogMel(Tensor magnitudes, Tensor bank) => matmul(bank, magnitudes).clamp(min: Constant.Of(Floor)).log10();

    private static double Mel(double hertz) => 2595 * Math.Log10(1 + (hertz / 700));

    private static Tensor Magnitudes(Tensor signal, Scale scale) =>
        stft(signal, scale.Window, scale.Window / 4, scale.Window, scale.Shape, return_complex: true).abs();

    private static Tensor LogMel(Tensor magnitudes, Scale scale) => LogMel(magnitudes, scale.Bank);

    private static Scale Prepare(int window, int bands) =>
        new(window, tensor(FilterBank(window, bands)).DetachFromDisposeScope(), hann_window(window).DetachFromDisposeScope());

    private sealed record Scale(int Window, Tensor Bank, Tensor Shape);
}
