using CsmAgent.Tensors.Native;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>Hears phones in sound: a small convolutional network over a mel spectrogram. It learns on recordings beside the decoder,
/// which must make its own sound understood by it: spectral distance alone forgives a blurred consonant. Exists in training only.</summary>
public sealed class PhoneEar : IDisposable
{
    private const int Window = 1_024;
    private const int Hop = PhoneRuns.SamplesPerLabel / 2;
    private const int Bands = 80;
    private const int Width = 160;
    private const double Floor = 1e-4;
    private readonly Tensor _bank = tensor(MelLoss.FilterBank(Window, Bands)).DetachFromDisposeScope();
    private readonly Tensor _shape = hann_window(Window).DetachFromDisposeScope();

    /// <summary>Fresh weights.</summary>
    /// <param name="phones">Number of labels.</param>
    /// <param name="seed">Chooses the numbers.</param>
    public static IEnumerable<(string Name, Tensor Value)> Initial(int phones, int seed)
    {
        using var generator = new Generator((ulong)seed);
        foreach (var (name, outputs, inputs, kernel) in new[] { ("first", Width, Bands, 5), ("second", Width, Width, 5), ("third", Width, Width, 5), ("last", phones, Width, 1) })
        {
            yield return ($"ear.{name}.weight", randn([outputs, inputs, kernel], generator: generator) * Constant.Of(1 / Math.Sqrt(inputs * kernel)));
            yield return ($"ear.{name}.bias", zeros(outputs));
        }
    }

    /// <summary>Scores of every label at every 20 ms.</summary>
    /// <param name="audio">(B, 1, T), T a multiple of 480; borrowed.</param>
    /// <param name="tensors">Weights by name.</param>
    /// <returns>(B, phones, T / 480).</returns>
    public Tensor Logits(Tensor audio, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var spectrum = stft(audio.squeeze(1), Window, Hop, Window, _shape, return_complex: true).abs();
        var mel = matmul(_bank, spectrum).clamp(min: Constant.Of(Floor)).log10().narrow(2, 0, audio.size(2) / Hop) + Constant.Of(2);
        Tensor Convolve(string name, Tensor x, long stride, long padding, long dilation) =>
            F.conv1d(x, tensors[$"ear.{name}.weight"], tensors[$"ear.{name}.bias"], stride, padding, dilation);
        var inner = F.gelu(Convolve("second", F.gelu(Convolve("first", mel, 1, 2, 1)), 2, 2, 1));
        inner = inner + F.gelu(Convolve("third", inner, 1, 4, 2));
        return Convolve("last", inner, 1, 0, 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bank.Dispose();
        _shape.Dispose();
    }
}
