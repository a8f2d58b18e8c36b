using CsmAgent.Models.Mimi.Streaming;
using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Mimi.Packed;

/// <summary>A streaming decoder on the processor, without Torch. A frame allocates nothing.</summary>
public sealed class PackedMimiDecoder : IMimiDecoder
{
    private readonly PackedMimiWeights _weights;
    private readonly ActivationRows _sum;
    private readonly ActivationRows _latent;
    private readonly ConvolutionRunner _upsample;
    private readonly TransformerRunner _transformer;
    private readonly SeanetRunner _seanet;

    /// <summary>Opens a stream.</summary>
    /// <param name="weights">The codec.</param>
    /// <param name="codebooks">Codebooks per frame; null for all.</param>
    public PackedMimiDecoder(PackedMimiWeights weights, int? codebooks = null)
    {
        var config = weights.Config;
        CodebookCount = codebooks ?? config.Codebooks;
        ArgumentOutOfRangeException.ThrowIfLessThan(CodebookCount, 1, nameof(codebooks));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CodebookCount, config.Codebooks, nameof(codebooks));
        _weights = weights;
        _sum = new(1, config.CodebookDimension);
        _latent = new(1, config.HiddenSize);
        _upsample = new(weights.Upsample, 1);
        _transformer = new(weights.DecoderTransformer);
        _seanet = new(weights.Decoder, true);
    }

    /// <inheritdoc/>
    public int CodebookCount { get; }

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<int> codes, Span<float> samples)
    {
        var frames = MimiFrames.RequireCodes(codes, CodebookCount, _weights.Config.CodebookSize, samples.Length);
        for (var frame = 0; frame < frames; frame++)
        {
            var column = codes.Slice(frame * CodebookCount, CodebookCount);
            Sum(column, 0, 1);
            _weights.SemanticOut.Multiply(_sum, _latent, 1, 0, _weights.SemanticOut.Blocks);
            _latent[0].CopyTo(_upsample.Input);
            if (CodebookCount > 1)
            {
                Sum(column, 1, CodebookCount);
                _weights.AcousticOut.Multiply(_sum, _latent, 1, 0, _weights.AcousticOut.Blocks);
                Elementwise.Add(_upsample.Input, _latent[0]);
            }

            _upsample.Run();
            _upsample.Results.CopyTo(_transformer.Stream.Slice(0, MimiConfig.PositionsPerFrame));
            _transformer.Run();
            _transformer.Stream.Slice(0, MimiConfig.PositionsPerFrame).CopyTo(_seanet.Input);
            _seanet.Run().CopyTo(samples.Slice(frame * MimiConfig.FrameSamples, MimiConfig.FrameSamples));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _upsample.Reset();
        _transformer.Reset();
        _seanet.Reset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sum.Dispose();
        _latent.Dispose();
        _upsample.Dispose();
        _transformer.Dispose();
        _seanet.Dispose();
    }

    private void Sum(ReadOnlySpan<int> column, int from, int to)
    {
        _sum[0].Clear();
        for (var codebook = from; codebook < to; codebook++)
        {
            Elementwise.Add(_sum[0], _weights.Codebooks[codebook][column[codebook]]);
        }
    }
}
