using CsmAgent.Audio.Files;

namespace CsmAgent.Audio.Devices;

/// <summary>What a <see cref="VirtualDevice"/> is like.</summary>
public sealed record VirtualDeviceOptions
{
    /// <summary>Samples per callback, at least 1; 240 are 10 ms.</summary>
    public int BlockSamples { get; init; } = AudioPort.DefaultBlockSamples;

    /// <summary>The input latency it reports.</summary>
    public int InputLatencySamples { get; init; }

    /// <summary>The output latency it reports.</summary>
    public int OutputLatencySamples { get; init; }

    /// <summary>The air between loudspeaker and microphone; null for headphones: nothing of what is played is captured.</summary>
    public SimulatedRoom? Room { get; init; }

    /// <summary>Records what the device captures and plays; borrowed.</summary>
    public StereoRecorder? Recorder { get; init; }
}
