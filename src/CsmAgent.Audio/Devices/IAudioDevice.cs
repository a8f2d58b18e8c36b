namespace CsmAgent.Audio.Devices;

/// <summary>A duplex device at 24 kHz mono: a sound card (resampled to its own rate), a file, nothing, or recorded turns.</summary>
public interface IAudioDevice : IAsyncDisposable
{
    /// <summary>The name shown to people.</summary>
    string Name { get; }

    /// <summary>Whether captured samples come from a real or recorded source rather than being silence.</summary>
    bool HasInput { get; }

    /// <summary>Whether played samples reach a loudspeaker or a file.</summary>
    bool HasOutput { get; }

    /// <summary>Starts calling <paramref name="client"/>, block by block, until disposed. May be called once.</summary>
    /// <exception cref="AudioDeviceException">The device is missing, busy or refuses the format.</exception>
    void Start(IAudioClient client);

    /// <summary>Ends when the device ends: successfully when its recorded input is exhausted or it is disposed,
    /// with <see cref="AudioDeviceException"/> when it was lost (unplugged).</summary>
    Task Completion { get; }
}
