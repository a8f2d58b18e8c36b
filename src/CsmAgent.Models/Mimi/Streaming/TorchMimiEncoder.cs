using System.Runtime.InteropServices;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>The legible streaming encoder: the functions of the offline codec with the state each layer needs.</summary>
public sealed class TorchMimiEncoder : IMimiEncoder
{
    // With the release's ring the number of frames a call would matter, so it is always one.
    private const int MostFramesPerPass = 25;

    private readonly MimiWeights _weights;
    private readonly int _framesPerPass;
    private readonly SeanetEncoderStream _seanet;
    private readonly TransformerStream _transformer;
    private readonly ConvolutionStream _downsample;

    /// <summary>Opens a fresh stream.</summary>
    /// <param name="weights">The codec; must outlive the stream.</param>
    /// <param name="codebooks">Codebooks to fill, 1 to the codec's; null for all.</param>
    /// <param name="ring">Keys kept between calls.</param>
    /// <exception cref="ArgumentOutOfRangeException">The codec has not as many codebooks.</exception>
    public TorchMimiEncoder(MimiWeights weights, int? codebooks = null, MimiRing ring = MimiRing.Exact)
    {
        CodebookCount = codebooks ?? weights.Config.Codebooks;
        ArgumentOutOfRangeException.ThrowIfLessThan(CodebookCount, 1, nameof(codebooks));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CodebookCount, weights.Config.Codebooks, nameof(codebooks));
        using var mode = inference_mode();
        _weights = weights;
        _framesPerPass = ring == MimiRing.Exact ? MostFramesPerPass : 1;
        _seanet = new SeanetEncoderStream(weights.Encoder);
        _transformer = new TransformerStream(weights.EncoderTransformer, weights.Config, ring, _framesPerPass * MimiConfig.PositionsPerFrame);
        _downsample = new ConvolutionStream(weights.Downsample, repeatFirst: true);
    }

    /// <inheritdoc/>
    public int CodebookCount { get; }

    /// <inheritdoc/>
    /// <exception cref="DeviceException">The device ran out of memory; the stream is as fresh.</exception>
    public void Encode(ReadOnlySpan<float> samples, Span<int> codes) => Encode(samples, codes, null);

    /// <inheritdoc/>
    public void Reset()
    {
        using var mode = inference_mode();
        // An in-place operation hands out one more handle on its tensor.
        using var scope = NewDisposeScope();
        _seanet.Reset();
        _transformer.Reset();
        _downsample.Reset();
    }

    /// <summary>Frees the state; the weights stay.</summary>
    public void Dispose()
    {
        _seanet.Dispose();
        _transformer.Dispose();
        _downsample.Dispose();
    }

    /// <summary>Encodes and shows each pass's latent (1, D, frames) before the quantiser.</summary>
    internal void Encode(ReadOnlySpan<float> samples, Span<int> codes, Action<Tensor>? latents)
    {
        var frames = MimiFrames.RequireSamples(samples, CodebookCount, codes.Length);
        var sound = samples.ToArray();
        var found = new int[codes.Length];
        try
        {
            Accelerator.Guard(_weights.SemanticIn.device, () => $"encoding {frames} frames", () => Encode(sound, found, frames, latents));
        }
        catch (DeviceException)
        {
            // Some layers have heard the frame and some have not.
            Reset();
            throw;
        }

        found.CopyTo(codes);
    }

    private bool Encode(float[] samples, int[] codes, int frames, Action<Tensor>? latents)
    {
        using var mode = inference_mode();
        for (var first = 0; first < frames; first += _framesPerPass)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(_framesPerPass, frames - first);
            var wave = empty([1, 1, count * MimiConfig.FrameSamples], float32);
            samples.AsSpan(first * MimiConfig.FrameSamples, count * MimiConfig.FrameSamples).CopyTo(MemoryMarshal.Cast<byte, float>(wave.bytes));
            var latent = _downsample.Next(_transformer.Next(_seanet.Next(wave.to(_weights.SemanticIn.device))));
            latents?.Invoke(latent);
            var found = MimiQuantizer.Encode(latent, _weights, CodebookCount); // [1, K, frames]
            var rows = found[0].t().to(int32).cpu().contiguous();
            MemoryMarshal.Cast<byte, int>(rows.bytes).CopyTo(codes.AsSpan(first * CodebookCount));
        }

        return true;
    }
}
