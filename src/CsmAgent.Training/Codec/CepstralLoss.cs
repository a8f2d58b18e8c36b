using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Distance of two sounds as recognisers look at speech: the mean squared difference of mel-frequency cepstra and of their first and
/// second changes in time, each coefficient in units of its own spread in the recordings.</summary>
/// <remarks>S. Davis, P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980; 25 bands from 130 to
/// 6800 Hz, 13 coefficients, 10 ms, as CMU Sphinx has them. A spectral distance counts every band of every harmonic alike; this one counts
/// the shape of the spectrum and how it moves, which is what words are made of.</remarks>
public sealed class CepstralLoss : IDisposable
{
    private const int Transform = 1_024;
    private const int Window = 600;
    private const int Hop = 240;
    private const int Bands = 25;
    private const int Coefficients = 13;
    private const double Bottom = 130;
    private const double Top = 6_800;

    // 80 dB below a full tone: what lies under it is silence.
    private const double Floor = 1e-2;
    private readonly Tensor _bank = tensor(MelLoss.FilterBank(Transform, Bands, Bottom, Top)).DetachFromDisposeScope();
    private readonly Tensor _shape = hann_window(Window).DetachFromDisposeScope();
    private readonly Tensor _cosines = tensor(Cosines()).DetachFromDisposeScope();

    /// <summary>The distance, averaged over batch, time and coefficients.</summary>
    /// <param name="said">(B, T); borrowed.</param>
    /// <param name="wanted">(B, T), at least 80 ms; borrowed.</param>
    /// <returns>A scalar: 0 for equal sounds, about 2 for unrelated ones.</returns>
    public Tensor Distance(Tensor said, Tensor wanted)
    {
        Tensor target, spread;
        using (no_grad())
        {
            target = Features(wanted);
            spread = target.std([0, 2], unbiased: false, keepdim: true) + Constant.Of(1e-3);
        }

        return ((Features(said) - target) / spread).square().mean();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bank.Dispose();
        _shape.Dispose();
        _cosines.Dispose();
    }

    // (B, 39, frames): cepstra, their change over 40 ms, and the change of that change.
    private Tensor Features(Tensor audio)
    {
        var magnitudes = stft(audio, Transform, Hop, Window, _shape, return_complex: true).abs();
        var cepstra = matmul(_cosines, matmul(_bank, magnitudes).clamp(min: Constant.Of(Floor)).log());
        var changes = Change(cepstra, 2);
        const int Edge = 3;
        var frames = cepstra.size(2) - (2 * Edge);
        return cat([cepstra.narrow(2, Edge, frames), changes.narrow(2, 1, frames), Change(changes, 1)], 1);
    }

    // From so many frames before to so many after; shorter by them at both ends.
    private static Tensor Change(Tensor x, int reach)
    {
        var frames = x.size(2) - (2 * reach);
        return x.narrow(2, 2 * reach, frames) - x.narrow(2, 0, frames);
    }

    private static float[,] Cosines()
    {
        var rows = new float[Coefficients, Bands];
        for (var k = 0; k < Coefficients; k++)
        {
            for (var band = 0; band < Bands; band++)
            {
                rows[k, band] = (float)Math.Cos(Math.PI * k * (band + 0.5) / Bands);
            }
        }

        return rows;
    }
}
