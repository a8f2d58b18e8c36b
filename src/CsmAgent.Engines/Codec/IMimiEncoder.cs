namespace CsmAgent.Engines.Codec;

/// <summary>One stream through a Mimi encoder; only the inference thread calls it.</summary>
internal interface IMimiEncoder : IDisposable
{
    /// <summary>Encodes the next 1920 samples.</summary>
    /// <returns>One code per codebook, semantic first.</returns>
    int[] Encode(ReadOnlySpan<float> samples);

    /// <summary>Forgets the stream.</summary>
    void Reset();
}
