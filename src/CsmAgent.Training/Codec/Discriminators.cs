using CsmAgent.Tensors.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace CsmAgent.Training.Codec;

/// <summary>Networks that tell recordings from resynthesis: some see the samples folded by a period, some a spectrogram with its phases, some the
/// mel energies alone. Pure functions over named tensors; they exist in training only.</summary>
/// <remarks>Phases cannot be told from codes, so that whoever has to meet the features of networks that see them does best to blur: of the distance
/// of their features four fifths never went away. The mel energies can be met.</remarks>
public static class Discriminators
{
    private const double Slope = 0.1;

    // What each network counts. By norms of gradients in the middle of a run, when whole crops were judged: with these, the mel networks pull about as much as the cepstra and the
    // spread do, 70 and 90; with ten times as much they pulled 600 to 1000, and what they did not ask for was hardly learnt.
    private static readonly JudgeWeights Phases = new(Verdict: 0.5, Features: 0.1);
    private static readonly JudgeWeights Energies = new(Verdict: 0.05, Features: 0.1);
    private static readonly int[] Periods = [2, 3, 5, 7];
    private static readonly int[] Windows = [1_024, 512];
    private static readonly int[] PeriodWidths = [1, 16, 32, 64, 64];
    private static readonly int[] SpectrumWidths = [2, 16, 16, 16, 16];
    private static readonly (int Window, int Bands)[] Mels = [(1_024, 80), (512, 40)];
    private static readonly int[] MelWidths = [1, 32, 32, 32, 32];
    private static readonly float[][,] Banks = [.. Mels.Select(mel => MelLoss.FilterBank(mel.Window, mel.Bands))];

    /// <summary>Fresh weights.</summary>
    /// <param name="seed">Chooses the numbers.</param>
    public static IEnumerable<(string Name, Tensor Value)> Initial(int seed)
    {
        using var generator = new Generator((ulong)seed);
        foreach (var period in Periods)
        {
            foreach (var layer in Layers($"period{period}", PeriodWidths, [5, 1], [3, 1], generator))
            {
                yield return layer;
            }
        }

        foreach (var window in Windows)
        {
            foreach (var layer in Layers($"spectrum{window}", SpectrumWidths, [3, 9], [3, 3], generator))
            {
                yield return layer;
            }
        }

        foreach (var (window, _) in Mels)
        {
            foreach (var layer in Layers($"mel{window}", MelWidths, [5, 7], [3, 3], generator))
            {
                yield return layer;
            }
        }
    }

    /// <summary>Verdicts and inner features of every network.</summary>
    /// <param name="audio">(B, 1, T); borrowed.</param>
    /// <param name="tensors">Weights by name.</param>
    /// <returns>Per network: the verdict map, near 1 for recordings, the features of its layers, and what both count for who is judged.</returns>
    public static IReadOnlyList<(Tensor Verdict, IReadOnlyList<Tensor> Features, JudgeWeights Weights)> Judge(Tensor audio, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var results = new List<(Tensor, IReadOnlyList<Tensor>, JudgeWeights)>();
        foreach (var period in Periods)
        {
            var missing = (period - (audio.size(2) % period)) % period;
            var padded = missing > 0 ? F.pad(audio, (0, missing)) : audio;
            results.Add(Run($"period{period}", padded.view(audio.size(0), 1, -1, period), PeriodWidths.Length - 1, [3, 1], [2, 0], [1, 0], Phases, tensors));
        }

        foreach (var window in Windows)
        {
            using var shape = hann_window(window);
            var spectrum = stft(audio.squeeze(1), window, window / 4, window, shape, return_complex: true);
            // Real and imaginary part as channels, time before frequency, at about the level of the samples.
            var input = view_as_real(spectrum).permute(0, 3, 2, 1) * Constant.Of(8 / Math.Sqrt(window));
            results.Add(Run($"spectrum{window}", input, SpectrumWidths.Length - 1, [1, 2], [1, 4], [1, 1], Phases, tensors));
        }

        foreach (var ((window, _), filters) in Mels.Zip(Banks))
        {
            using var shape = hann_window(window);
            using var bank = tensor(filters);
            var magnitudes = stft(audio.squeeze(1), window, window / 4, window, shape, return_complex: true).abs();
            var input = MelLoss.LogMel(magnitudes, bank).transpose(1, 2).unsqueeze(1);
            results.Add(Run($"mel{window}", input, MelWidths.Length - 1, [1, 2], [2, 3], [1, 1], Energies, tensors));
        }

        return results;
    }

    private static (Tensor Verdict, IReadOnlyList<Tensor> Features, JudgeWeights Weights) Run(
        string name, Tensor x, int layers, long[] stride, long[] padding, long[] lastPadding, JudgeWeights weights, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var features = new List<Tensor>();
        for (var layer = 0; layer < layers; layer++)
        {
            x = F.conv2d(x, tensors[$"{name}.{layer}.weight"], tensors[$"{name}.{layer}.bias"], stride, padding);
            x = F.leaky_relu(x, Slope);
            features.Add(x);
        }

        return (F.conv2d(x, tensors[$"{name}.last.weight"], tensors[$"{name}.last.bias"], [1, 1], lastPadding), features, weights);
    }

    private static IEnumerable<(string Name, Tensor Value)> Layers(string name, int[] widths, long[] kernel, long[] lastKernel, Generator generator)
    {
        for (var layer = 0; layer + 1 < widths.Length; layer++)
        {
            yield return ($"{name}.{layer}.weight", Weight([widths[layer + 1], widths[layer], .. kernel], generator));
            yield return ($"{name}.{layer}.bias", zeros(widths[layer + 1]));
        }

        yield return ($"{name}.last.weight", Weight([1, widths[^1], .. lastKernel], generator));
        yield return ($"{name}.last.bias", zeros(1));
    }

    private static Tensor Weight(long[] shape, Generator generator) =>
        randn(shape, generator: generator) * Constant.Of(Math.Sqrt(2.0 / (shape[1] * shape[2] * shape[3])));
}
