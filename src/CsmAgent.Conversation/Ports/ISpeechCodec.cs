namespace CsmAgent.Conversation.Ports;

/// <summary>A streaming speech codec (Mimi): 80 ms of samples to one frame of codes and back.</summary>
public interface ISpeechCodec
{
    /// <summary>Codebooks per frame.</summary>
    int CodebookCount { get; }

    /// <summary>Opens a causal encoder with its own state; dispose it with the conversation.</summary>
    ValueTask<ISpeechEncoder> OpenEncoderAsync(CancellationToken cancellationToken);

    /// <summary>Opens a causal decoder with its own state.</summary>
    ValueTask<ISpeechDecoder> OpenDecoderAsync(CancellationToken cancellationToken);
}

/// <summary>One conversation's encoder state. Calls must not overlap.</summary>
public interface ISpeechEncoder : IAsyncDisposable
{
    /// <summary>Encodes the next frame of the stream.</summary>
    /// <param name="samples">Exactly 1920 samples at 24 kHz; borrowed until the call completes.</param>
    /// <param name="cancellationToken">Stops waiting for the inference owner.</param>
    ValueTask<CodeFrame> EncodeAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken);

    /// <summary>Forgets all history, as a fresh encoder.</summary>
    ValueTask ResetAsync(CancellationToken cancellationToken);
}

/// <summary>One stream's decoder state. Calls must not overlap.</summary>
public interface ISpeechDecoder : IAsyncDisposable
{
    /// <summary>Decodes the next frame of the stream.</summary>
    /// <param name="frame">1 to <see cref="ISpeechCodec.CodebookCount"/> codes, semantic first.</param>
    /// <param name="cancellationToken">Stops waiting for the inference owner.</param>
    /// <returns>1920 samples at 24 kHz; owned by the caller.</returns>
    /// <exception cref="EngineException">A code is outside its codebook, or there are too many.</exception>
    ValueTask<ReadOnlyMemory<float>> DecodeAsync(CodeFrame frame, CancellationToken cancellationToken);
}
