using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>A streaming encoder on the processor, without Torch. A frame allocates nothing.</summary>
public sealed class PackedMimiEncoder : IMimiEncoder
{
    private readonly PackedMimiWeights _weights;
    private readonly SeanetRunner _seanet;
    private readonly TransformerRunner _transformer;
    private readonly ConvolutionRunner _downsample;
    private readonly ActivationRows _residual;
    private readonly ActivationRows _products;
    private bool _isFirst = true;

    /// <summary>Opens a stream.</summary>
    /// <param name="weights">The codec.</param>
    /// <param name="codebooks">Codebooks to fill; null for all.</param>
    public PackedMimiEncoder(PackedMimiWeights weights, int? codebooks = null)
    {
        var config = weights.Config;
        CodebookCount = codebooks ?? config.Codebooks;
        ArgumentOutOfRangeException.ThrowIfLessThan(CodebookCount, 1, nameof(codebooks));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CodebookCount, config.Codebooks, nameof(codebooks));
        _weights = weights;
        _seanet = new(weights.Encoder, false);
        _transformer = new(weights.EncoderTransformer);
        _downsample = new(weights.Downsample, MimiConfig.PositionsPerFrame);
        _residual = new(1, config.CodebookDimension, weights.Codebooks[0].GroupSize);
        _products = new(1, config.CodebookSize);
    }

    /// <inheritdoc/>
    public int CodebookCount { get; }

    /// <summary>The last frame's latent before the quantiser.</summary>
    public ReadOnlySpan<float> Latent => _downsample.Results;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<float> samples, Span<int> codes)
    {
        var frames = MimiFrames.RequireSamples(samples, CodebookCount, codes.Length);
        for (var frame = 0; frame < frames; frame++)
        {
            samples.Slice(frame * MimiConfig.FrameSamples, MimiConfig.FrameSamples).CopyTo(_seanet.Input);
            _seanet.Run().CopyTo(_transformer.Stream.Slice(0, MimiConfig.PositionsPerFrame));
            _transformer.Run();
            _transformer.Stream.Slice(0, MimiConfig.PositionsPerFrame).CopyTo(_downsample.Input);
            if (_isFirst)
            {
                _downsample.RepeatFirst();
                _isFirst = false;
            }

            _downsample.Run();
            Quantize(codes.Slice(frame * CodebookCount, CodebookCount));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _seanet.Reset();
        _transformer.Reset();
        _downsample.Reset();
        _isFirst = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _seanet.Dispose();
        _transformer.Dispose();
        _downsample.Dispose();
        _residual.Dispose();
        _products.Dispose();
    }

    // The first codebook sees the latent by itself; the others share out what is left of theirs.
    private void Quantize(Span<int> codes)
    {
        _weights.SemanticIn.Multiply(_downsample.Output, _residual, 1, 0, _weights.SemanticIn.Blocks);
        codes[0] = _weights.Codebooks[0].Nearest(_residual, _products);
        if (codes.Length > 1)
        {
            _weights.AcousticIn.Multiply(_downsample.Output, _residual, 1, 0, _weights.AcousticIn.Blocks);
        }

        for (var codebook = 1; codebook < codes.Length; codebook++)
        {
            codes[codebook] = _weights.Codebooks[codebook].Nearest(_residual, _products);
            var vector = _weights.Codebooks[codebook][codes[codebook]];
            var residual = _residual[0];
            for (var i = 0; i < residual.Length; i++)
            {
                residual[i] -= vector[i];
            }
        }
    }
}
