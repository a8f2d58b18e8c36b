using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Inference;
using CsmAgent.Models.Mimi.Streaming;

namespace CsmAgent.Engines.Codec;

/// <summary>Mimi behind the conversation's codec port; loaded at first use on the inference thread.</summary>
/// <param name="folder">The folder with <c>config.json</c> and <c>model.safetensors</c>.</param>
/// <param name="owner">The inference thread; borrowed.</param>
/// <param name="device">Where it computes; null for our own kernels.</param>
public sealed class MimiSpeechCodec(string folder, InferenceOwner owner, ComputeDevice? device = null) : ISpeechCodec, IAsyncDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private MimiModel? _model;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Nothing was opened yet.</exception>
    public int CodebookCount => _model?.CodebookCount ?? throw new InvalidOperationException("The codec is known once an encoder was opened.");

    /// <inheritdoc/>
    /// <exception cref="EngineException">The codec cannot be loaded; the message names file and field.</exception>
    public async ValueTask<ISpeechEncoder> OpenEncoderAsync(CancellationToken cancellationToken)
    {
        var model = await LoadAsync(cancellationToken);
        return new Encoder(owner, await owner.RunAsync(() => model.OpenEncoder(), InferenceDeadlines.Background, cancellationToken));
    }

    /// <inheritdoc/>
    /// <exception cref="EngineException">The codec cannot be loaded; the message names file and field.</exception>
    public async ValueTask<ISpeechDecoder> OpenDecoderAsync(CancellationToken cancellationToken) =>
        new Decoder(owner, await LoadAsync(cancellationToken));

    /// <summary>Lets go of the weights; encoders and decoders must be gone.</summary>
    public ValueTask DisposeAsync()
    {
        _model?.Dispose();
        _model = null;
        _loading.Dispose();
        return ValueTask.CompletedTask;
    }

    internal async ValueTask<MimiModel> LoadAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            return _model ??= await owner.RunAsync(() => MimiModel.Load(folder, device ?? ComputeDevice.Processor), InferenceDeadlines.Background, cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    private sealed class Encoder(InferenceOwner owner, IMimiEncoder stream) : ISpeechEncoder
    {
        public async ValueTask<CodeFrame> EncodeAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
        {
            if (samples.Length != AudioFormat.FrameSamples)
            {
                throw new ArgumentException($"A frame has {AudioFormat.FrameSamples} samples, not {samples.Length}.", nameof(samples));
            }

            var codes = new int[stream.CodebookCount];
            await owner.RunAsync(() => stream.Encode(Finite(samples.Span), codes), InferenceDeadlines.Encode, cancellationToken);
            return new CodeFrame(codes);
        }

        public async ValueTask ResetAsync(CancellationToken cancellationToken) =>
            await owner.RunAsync(stream.Reset, InferenceDeadlines.Encode, cancellationToken);

        public async ValueTask DisposeAsync() => await owner.RunAsync(stream.Dispose, InferenceDeadlines.Background, CancellationToken.None);

        // Not a number would stay in the stream's history for good: silence instead.
        private static ReadOnlySpan<float> Finite(ReadOnlySpan<float> samples)
        {
            var broken = false;
            foreach (var sample in samples)
            {
                broken |= !float.IsFinite(sample);
            }

            if (!broken)
            {
                return samples;
            }

            var clean = samples.ToArray();
            for (var i = 0; i < clean.Length; i++)
            {
                clean[i] = float.IsFinite(clean[i]) ? clean[i] : 0;
            }

            return clean;
        }
    }

    private sealed class Decoder(InferenceOwner owner, MimiModel model) : ISpeechDecoder
    {
        private IMimiDecoder? _stream;

        public async ValueTask<ReadOnlyMemory<float>> DecodeAsync(CodeFrame frame, CancellationToken cancellationToken)
        {
            var samples = new float[AudioFormat.FrameSamples];
            await owner.RunAsync(
                () =>
                {
                    var codes = frame.Codes.Span;
                    if (codes.Length < 1 || codes.Length > model.CodebookCount || (_stream is not null && _stream.CodebookCount != codes.Length))
                    {
                        throw new EngineException(
                            $"A frame brings {codes.Length} codes; this stream expects {(_stream is null ? $"1 to {model.CodebookCount}" : _stream.CodebookCount)}.");
                    }

                    foreach (var code in codes)
                    {
                        if (code < 0 || code >= model.CodebookSize)
                        {
                            throw new EngineException($"The code {code} is outside its codebook, 0 to {model.CodebookSize - 1}.");
                        }
                    }

                    _stream ??= model.OpenDecoder(codes.Length);
                    _stream.Decode(codes, samples);
                },
                InferenceDeadlines.Frame,
                cancellationToken);
            return samples;
        }

        public async ValueTask DisposeAsync() =>
            await owner.RunAsync(() => _stream?.Dispose(), InferenceDeadlines.Background, CancellationToken.None);
    }
}
