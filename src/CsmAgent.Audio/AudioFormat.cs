namespace CsmAgent.Audio;

/// <summary>The one format inside the house: mono float samples at 24 kHz, in frames of 80 ms.</summary>
public static class AudioFormat
{
    /// <summary>Samples per second of everything behind a device or file reader.</summary>
    public const int SampleRateHz = 24_000;

    /// <summary>Samples in one frame: 80 ms, one column of Mimi codes, one backbone step.</summary>
    public const int FrameSamples = 1_920;

    /// <summary>Frames per second.</summary>
    public const double FramesPerSecond = (double)SampleRateHz / FrameSamples;
}
