using System.Runtime.InteropServices;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>The legible streaming decoder: the functions of the offline codec with the state each layer needs.</summary>
public sealed class TorchMimiDecoder : IMimiDecoder
{
    private const int MostFramesPerPass = 25;

    private readonly MimiWeights _weights;
    private readonly int _framesPerPass;
    private readonly TransposedStream _upsample;
    private readonly TransformerStream _transformer;
    private readonly SeanetDecoderStream _seanet;

    /// <summary>Opens a fresh stream.</summary>
    /// <param name="weights">The codec; must outlive the stream.</param>
    /// <param name="codebooks">Codebooks a frame brings, 1 to the codec's; null for all.</param>
    /// <param name="ring">Keys kept between calls.</param>
    /// <exception cref="ArgumentOutOfRangeException">The codec has not as many codebooks.</exception>
    public TorchMimiDecoder(MimiWeights weights, int? codebooks = null, MimiRing ring = MimiRing.Exact)
    {
        CodebookCount = codebooks ?? weights.Config.Codebooks;
        ArgumentOutOfRangeException.ThrowIfLessThan(CodebookCount, 1, nameof(codebooks));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CodebookCount, weights.Config.Codebooks, nameof(codebooks));
        using var mode = inference_mode();
        _weights = weights;
        _framesPerPass = ring == MimiRing.Exact ? MostFramesPerPass : 1;
        _upsample = new TransposedStream(weights.Upsample);
        _transformer = new TransformerStream(weights.DecoderTransformer, weights.Config, ring, _framesPerPass * MimiConfig.PositionsPerFrame);
        _seanet = new SeanetDecoderStream(weights.Decoder);
    }

    /// <inheritdoc/>
    public int CodebookCount { get; }

    /// <inheritdoc/>
    /// <exception cref="DeviceException">The device ran out of memory; the stream is as fresh.</exception>
    public void Decode(ReadOnlySpan<int> codes, Span<float> samples)
    {
        var frames = MimiFrames.RequireCodes(codes, CodebookCount, _weights.Config.CodebookSize, samples.Length);
        var sound = new float[samples.Length];
        var given = codes.ToArray();
        try
        {
            Accelerator.Guard(_weights.SemanticIn.device, () => $"decoding {frames} frames", () => Decode(given, sound, frames));
        }
        catch (DeviceException)
        {
            // Some layers have heard the frame and some have not.
            Reset();
            throw;
        }

        sound.CopyTo(samples);
    }

    private bool Decode(int[] codes, float[] samples, int frames)
    {
        using var mode = inference_mode();
        for (var first = 0; first < frames; first += _framesPerPass)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(_framesPerPass, frames - first);
            var rows = empty([count, CodebookCount], int32);
            codes.AsSpan(first * CodebookCount, count * CodebookCount).CopyTo(MemoryMarshal.Cast<byte, int>(rows.bytes));
            var columns = rows.to(_weights.SemanticIn.device).to(int64).t().unsqueeze(0); // [1, K, frames]
            var latent = MimiQuantizer.Decode(columns, _weights).to(_weights.Upsample.Weight.dtype);
            var wave = _seanet.Next(_transformer.Next(_upsample.Next(latent))).to(float32).cpu().contiguous();
            MemoryMarshal.Cast<byte, float>(wave.bytes).CopyTo(samples.AsSpan(first * MimiConfig.FrameSamples));
        }

        return true;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        using var mode = inference_mode();
        // An in-place operation hands out one more handle on its tensor.
        using var scope = NewDisposeScope();
        _upsample.Reset();
        _transformer.Reset();
        _seanet.Reset();
    }

    /// <summary>Frees the state; the weights stay.</summary>
    public void Dispose()
    {
        _upsample.Dispose();
        _transformer.Dispose();
        _seanet.Dispose();
    }
}
