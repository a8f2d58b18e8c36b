namespace CsmAgent.Audio.Devices;

/// <summary>How fast a virtual device's clock runs.</summary>
public sealed class DevicePace
{
    private DevicePace(Func<AudioClock, CancellationToken, ValueTask>? gate) => Gate = gate;

    /// <summary>One second per second, block by block on a thread of its own, within about a millisecond.
    /// After a stall the missed blocks follow at once, as a sound card's buffer would give them.</summary>
    public static DevicePace RealTime { get; } = new(gate: null);

    /// <summary>The gate of virtual time; null in real time.</summary>
    internal Func<AudioClock, CancellationToken, ValueTask>? Gate { get; }

    /// <summary>Virtual time: the next block runs as soon as the gate lets it.</summary>
    /// <param name="gate">Awaited before each block with the counters at its start; whoever computes holds the clock by not
    /// completing it. Blocks delivered before are already in the <see cref="AudioPort"/>, so a gate may drain it itself.
    /// It must not dispose the device it holds. Cancelled when the device is disposed.</param>
    public static DevicePace Virtual(Func<AudioClock, CancellationToken, ValueTask> gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return new DevicePace(gate);
    }
}
