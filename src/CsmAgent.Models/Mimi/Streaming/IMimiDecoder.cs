namespace CsmAgent.Models.Mimi.Streaming;

/// <summary>A causal decoder with the state of one stream. Calls must not overlap. A call that throws leaves the state as it was.</summary>
public interface IMimiDecoder : IDisposable
{
    /// <summary>Codebooks per frame.</summary>
    int CodebookCount { get; }

    /// <summary>Decodes the next frames of the stream; each gives exactly 1920 samples at once.</summary>
    /// <param name="codes">Row-major [frames, <see cref="CodebookCount"/>], at least one frame, 0 to the codebook's size − 1.
    /// A speech model may choose the few ids above that: see <see cref="MimiFrames.Clamp"/>.</param>
    /// <param name="samples">Receives 1920 samples a frame at 24 kHz; nothing clamps them to ±1.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a code is outside its codebook.</exception>
    void Decode(ReadOnlySpan<int> codes, Span<float> samples);

    /// <summary>Forgets the stream, as if fresh.</summary>
    void Reset();
}
