using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Corpus;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>The latents of a whole corpus before the quantiser, encoded once and kept on disk: codes are drawn from them, anew at every hearing.</summary>
/// <remarks>An utterance's acoustic codes, always the same ones, are learnt by heart by a model that has hours of them and no more. Many others say
/// nearly the same: drawn at each codebook from the near entries, with what is left going on to the next codebook, they make up for each other.
/// Stochastic sampling of residual codes, D. Lee et al., "Autoregressive image generation using residual quantization", 2022 (section 3.2.3); their
/// soft labels are what hard ones drawn so are in the mean.</remarks>
public sealed class LatentCache : IDisposable
{
    private const string Latents = "latents";
    private readonly SafetensorsFile _file;
    private readonly MimiWeights _codec;
    private readonly long[] _first;
    private readonly long _frames;

    private LatentCache(SafetensorsFile file, MimiWeights codec, PreparedCorpus corpus)
    {
        (_file, _codec) = (file, codec);
        (_first, _frames) = CodeCache.FirstFrames(corpus);
    }

    /// <summary>Opens a cache, or makes it.</summary>
    /// <param name="file">Where it lies.</param>
    /// <param name="corpus">The corpus; borrowed.</param>
    /// <param name="codecFolder">The codec.</param>
    /// <param name="starts">Starts of every utterance: 1, 2 or 4 (<see cref="CodeCache"/>).</param>
    /// <param name="progress">Told the share done while it is made; null for silence.</param>
    /// <param name="cancellationToken">Ends the work; nothing is written.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="CheckpointException">The cache is damaged, or was made with another codec or corpus.</exception>
    public static LatentCache Open(
        string file, PreparedCorpus corpus, string codecFolder, int starts, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var config = MimiConfig.Load(codecFolder);
        long[] shape = [starts * corpus.Items.Sum(item => (long)item.Frames), config.HiddenSize];
        var stored = KeyedFile.Open(file, $"latents, {CodeCache.KeyOf(corpus, codecFolder, starts)}", Latents, TensorDType.F32, shape, () => CorpusEncoding.Run<float>(
            corpus, codecFolder, starts, config.HiddenSize, MimiCodec.Latent, progress, cancellationToken));
        foreach (var value in stored.Span<float>(Latents))
        {
            if (!float.IsFinite(value))
            {
                stored.Dispose();
                throw KeyedFile.Damaged(stored, Latents, "finite numbers", $"{value}");
            }
        }

        return new(stored, MimiCheckpoint.Load(codecFolder), corpus);
    }

    /// <summary>Draws an item's codes.</summary>
    /// <param name="item">Index into the corpus.</param>
    /// <param name="frames">The item's frames.</param>
    /// <param name="start">From which start it was encoded.</param>
    /// <param name="temperature">How much further than the nearest an entry lies, as a share of the nearest's squared distance, when it is e times
    /// less likely; above 0.</param>
    /// <param name="random">Source of randomness.</param>
    /// <returns>Row-major [frames, codebooks].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not above 0.</exception>
    public short[] Draw(int item, int frames, int start, double temperature, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        using var generator = new Generator((ulong)random.NextInt64());
        return Encode(item, frames, start, (x, codebook) => Choose(x, codebook, temperature, generator));
    }

    /// <summary>An item's codes as the codec gives them.</summary>
    /// <param name="item">Index into the corpus.</param>
    /// <param name="frames">The item's frames.</param>
    /// <param name="start">From which start it was encoded.</param>
    /// <returns>Row-major [frames, codebooks].</returns>
    public short[] Nearest(int item, int frames, int start) => Encode(item, frames, start, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec.Dispose();
        _file.Dispose();
    }

    private short[] Encode(int item, int frames, int start, Func<Tensor, Tensor, Tensor>? choose)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var width = _codec.Config.HiddenSize;
        var values = _file.Span<float>(Latents).Slice((int)(((start * _frames) + _first[item]) * width), frames * width);
        var latent = tensor(values.ToArray(), [1, frames, width]).transpose(1, 2);
        return MimiQuantizer.Encode(latent, _codec, _codec.Config.Codebooks, choose).select(0, 0).t().to(ScalarType.Int16).contiguous().data<short>().ToArray();
    }

    private static Tensor Choose(Tensor x, Tensor codebook, double temperature, Generator generator)
    {
        var distances = x.square().sum(-1, keepdim: true) + codebook.square().sum(-1) - (x.matmul(codebook.t()) * Constant.Of(2));
        var nearest = distances.amin([-1], keepdim: true).clamp_min(Constant.Of(1e-6));
        return GumbelDraw.From((distances / nearest / Constant.Of(temperature)).neg(), generator);
    }
}
