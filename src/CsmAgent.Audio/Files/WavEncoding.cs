namespace CsmAgent.Audio.Files;

/// <summary>How samples are stored in a WAV file.</summary>
public enum WavEncoding
{
    /// <summary>8-bit unsigned.</summary>
    Pcm8,

    /// <summary>16-bit signed.</summary>
    Pcm16,

    /// <summary>24-bit signed.</summary>
    Pcm24,

    /// <summary>32-bit signed.</summary>
    Pcm32,

    /// <summary>32-bit IEEE float.</summary>
    Ieee32,

    /// <summary>64-bit IEEE float.</summary>
    Ieee64,
}
