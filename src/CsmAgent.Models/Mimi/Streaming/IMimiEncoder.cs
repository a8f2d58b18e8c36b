namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>A causal encoder with the state of one stream. Calls must not overlap. A call that throws leaves the state as it was.</summary>
public interface IMimiEncoder : IDisposable
{
    /// <summary>Codebooks per frame.</summary>
    int CodebookCount { get; }

    /// <summary>Encodes the next frames of the stream; there is no look-ahead and no delay.</summary>
    /// <param name="samples">A positive multiple of 1920 samples at 24 kHz, all finite.</param>
    /// <param name="codes">Receives row-major [frames, <see cref="CodebookCount"/>], semantic first.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a sample is NaN or infinite.</exception>
    void Encode(ReadOnlySpan<float> samples, Span<int> codes);

    /// <summary>Forgets the stream, as if fresh.</summary>
    void Reset();
}
