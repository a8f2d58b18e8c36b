using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Compares two sounds as recognisers look at speech, by mel-frequency cepstra and their first and second changes in time: how far apart
/// they are, and whether one moves as much as the other.</summary>
/// <remarks>S. Davis, P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980; 25 bands from 130 to
/// 6800 Hz, 10 ms, as CMU Sphinx has them, of which it looks at 13 coefficients. A spectral distance counts every band of every harmonic alike;
/// this one counts the shape of the spectrum and how it moves, which is what words are made of. The best guess of a shape is a blurred one, and
/// blurred formants cost words; hence the spread (T. Toda, K. Tokuda, "A speech parameter generation algorithm considering global variance for
/// HMM-based speech synthesis", 2007).</remarks>
public sealed class CepstralLoss : IDisposable
{
    private const int Transform = 1_024;
    private const int Window = 600;
    private const int Hop = 240;
    private const int Bands = 25;
    private const int Judged = 13;
    private const double Bottom = 130;
    private const double Top = 6_800;

    // What an error is worth: between / within × total / within, of the variances among and within the thirds of phones in 300 recordings of
    // desk-corpus, whose labels come 45 ms after their sound; for cepstra, first and second changes. An error moves the difference of two phones'
    // likelihoods by their distance in it. The addend stands for what distinguishes speech less than phones do: of the words that a codec lost, the
    // recordings' first five coefficients brought back as many as the next eight, at a sixth of the error (and those above none).
    private const float Addend = 0.05f;
    private static readonly float[,] Worth =
    {
        { 0.65f, 1.88f, 0.60f, 1.07f, 0.42f, 0.20f, 0.19f, 0.11f, 0.10f, 0.12f, 0.02f, 0.03f, 0.03f },
        { 0.41f, 0.25f, 0.20f, 0.19f, 0.15f, 0.06f, 0.06f, 0.05f, 0.03f, 0.03f, 0.01f, 0.02f, 0.01f },
        { 0.19f, 0.23f, 0.09f, 0.12f, 0.09f, 0.03f, 0.03f, 0.03f, 0.02f, 0.02f, 0.01f, 0.01f, 0.01f },
    };

    private readonly Tensor _worth = Shares().DetachFromDisposeScope();
    private readonly Tensor _bank = tensor(MelLoss.FilterBank(Transform, Bands, Bottom, Top)).DetachFromDisposeScope();
    private readonly Tensor _shape = hann_window(Window).DetachFromDisposeScope();
    private readonly Tensor _cosines = tensor(Cosines()).DetachFromDisposeScope();

    /// <summary>Compares, averaged over batch, time and coefficients.</summary>
    /// <param name="said">(B, T); borrowed.</param>
    /// <param name="wanted">(B, T), at least 80 ms; borrowed.</param>
    /// <returns>Two scalars, 0 for equal sounds. Distance: mean squared difference of the first 13 coefficients and their changes, each in units of
    /// its spread in the recordings and counting what it is worth to tell phones apart, about 2 for unrelated sounds. Spread: mean squared difference
    /// of the logarithms of every coefficient's variance in time, about 0.5 where one moves half as much.</returns>
    public (Tensor Distance, Tensor Spread) Compare(Tensor said, Tensor wanted)
    {
        Tensor target, deviation, variance;
        using (no_grad())
        {
            target = Features(wanted);
            variance = Variance(target);
            deviation = target.std([0, 3], unbiased: false, keepdim: true) + Constant.Of(1e-3);
        }

        var got = Features(said);
        var errors = ((got - target) / deviation).narrow(2, 0, Judged).square().mean([0, 3]);
        return ((errors * _worth).sum(), (Variance(got) / variance).log().square().mean());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _worth.Dispose();
        _bank.Dispose();
        _shape.Dispose();
        _cosines.Dispose();
    }

    // (B, 3, 25, frames): cepstra, their change over 40 ms, and the change of that change.
    private Tensor Features(Tensor audio)
    {
        var magnitudes = stft(audio, Transform, Hop, Window, _shape, return_complex: true).abs();
        var cepstra = matmul(_cosines, matmul(_bank, magnitudes).clamp(min: Constant.Of(MelLoss.Floor)).log());
        var changes = Change(cepstra, 2);
        const int Edge = 3;
        var frames = cepstra.size(2) - (2 * Edge);
        return stack([cepstra.narrow(2, Edge, frames), changes.narrow(2, 1, frames), Change(changes, 1)], 1);
    }

    // (3, 25): within every crop, for their levels differ; the addend is far below speech.
    private static Tensor Variance(Tensor features) => features.var(3, unbiased: false).mean([0]) + Constant.Of(1e-3);

    // From so many frames before to so many after; shorter by them at both ends.
    private static Tensor Change(Tensor x, int reach)
    {
        var frames = x.size(2) - (2 * reach);
        return x.narrow(2, 2 * reach, frames) - x.narrow(2, 0, frames);
    }

    // (3, 13), of sum 1.
    private static Tensor Shares()
    {
        using var scope = NewDisposeScope();
        var worth = tensor(Worth) + Constant.Of(Addend);
        return (worth / worth.sum()).MoveToOuterDisposeScope();
    }

    private static float[,] Cosines()
    {
        var rows = new float[Bands, Bands];
        for (var k = 0; k < Bands; k++)
        {
            for (var band = 0; band < Bands; band++)
            {
                rows[k, band] = (float)Math.Cos(Math.PI * k * (band + 0.5) / Bands);
            }
        }

        return rows;
    }
}
