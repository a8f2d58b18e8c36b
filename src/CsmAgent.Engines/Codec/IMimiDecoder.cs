namespace CsmAgent.Engines.Codec;

/// <summary>One stream through a Mimi decoder; only the inference thread calls it.</summary>
internal interface IMimiDecoder : IDisposable
{
    /// <summary>Decodes the next frame.</summary>
    /// <param name="codes">One code per codebook, semantic first.</param>
    /// <returns>1920 samples at 24 kHz.</returns>
    float[] Decode(ReadOnlySpan<int> codes);

    /// <summary>Forgets the stream.</summary>
    void Reset();
}
