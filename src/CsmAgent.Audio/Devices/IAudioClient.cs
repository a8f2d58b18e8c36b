namespace CsmAgent.Audio.Devices;

/// <summary>What a device drives: one call per block, on the device's own real-time thread.</summary>
/// <remarks>Implementations must not allocate, lock, log, wait or throw.</remarks>
public interface IAudioClient
{
    /// <summary>Takes the captured block and fills the block to play.</summary>
    /// <param name="captured">24 kHz mono samples, any length; silence where the device has no input.</param>
    /// <param name="toPlay">24 kHz mono samples to fill, the same length as <paramref name="captured"/>, within [-1, 1].</param>
    /// <param name="clock">The counters at the start of this block.</param>
    void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock);
}
