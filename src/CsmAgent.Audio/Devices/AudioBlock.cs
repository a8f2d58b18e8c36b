using CsmAgent.Audio.Playback;

namespace CsmAgent.Audio.Devices;

/// <summary>One block as the device saw it: what it captured, what it played at the same time, and the counters. Owned and reused by its reader.</summary>
/// <param name="samples">Samples in the block: <see cref="AudioPort.BlockSamples"/> of the port it is read from.</param>
public sealed class AudioBlock(int samples = AudioPort.DefaultBlockSamples)
{
    /// <summary>What the microphone gave; finite, 24 kHz mono.</summary>
    public float[] Captured { get; } = new float[samples];

    /// <summary>Exactly what was handed to the loudspeaker in the same callback: the reference for echo cancellation.</summary>
    public float[] Played { get; } = new float[samples];

    /// <summary>The device's counters at the first sample of the block.</summary>
    public AudioClock Clock { get; internal set; }

    /// <summary>Playback's position at the end of the block.</summary>
    public PlaybackPosition Position { get; internal set; }

    /// <summary>When the block was complete, in ticks of the port's <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Timestamp { get; internal set; }

    internal void CopyTo(AudioBlock other)
    {
        Captured.CopyTo(other.Captured, 0);
        Played.CopyTo(other.Played, 0);
        other.Clock = Clock;
        other.Position = Position;
        other.Timestamp = Timestamp;
    }
}
