namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>What sound devices the system has.</summary>
public static unsafe class PortAudioDevices
{
    /// <summary>Lists all devices; those plugged in since the last list are there when no stream is open.</summary>
    /// <exception cref="AudioDeviceException">The PortAudio library is missing or refuses to start.</exception>
    public static IReadOnlyList<AudioDeviceInfo> List()
    {
        using var library = PortAudioLibrary.Use();
        return ListCore();
    }

    /// <summary>The library's own version text.</summary>
    /// <exception cref="AudioDeviceException">The PortAudio library is missing.</exception>
    public static string LibraryVersion()
    {
        using var library = PortAudioLibrary.Use();
        return PortAudioNative.Text(PortAudioNative.Pa_GetVersionText());
    }

    /// <summary>Needs a <see cref="PortAudioLibrary"/> in use.</summary>
    internal static IReadOnlyList<AudioDeviceInfo> ListCore()
    {
        var count = PortAudioNative.Pa_GetDeviceCount();
        PortAudioLibrary.Check(count, "Sound devices cannot be listed");
        var (input, output) = (PortAudioNative.Pa_GetDefaultInputDevice(), PortAudioNative.Pa_GetDefaultOutputDevice());
        var devices = new List<AudioDeviceInfo>(count);
        for (var i = 0; i < count; i++)
        {
            var info = PortAudioNative.Pa_GetDeviceInfo(i);
            var api = PortAudioNative.Pa_GetHostApiInfo(info->HostApi);
            devices.Add(new AudioDeviceInfo(
                i,
                PortAudioNative.Text(info->Name),
                PortAudioNative.Text(api->Name),
                info->MaxInputChannels,
                info->MaxOutputChannels,
                (int)Math.Round(info->DefaultSampleRate),
                TimeSpan.FromSeconds(info->DefaultLowInputLatency),
                TimeSpan.FromSeconds(info->DefaultLowOutputLatency),
                i == input,
                i == output));
        }

        return devices;
    }

    /// <summary>Chooses a device by number, exact name or a part of its name; the default when nothing is wanted.</summary>
    /// <returns>Null when nothing is wanted and there is no default.</returns>
    /// <exception cref="AudioDeviceException">What is wanted does not exist or cannot do it.</exception>
    internal static AudioDeviceInfo? Choose(IReadOnlyList<AudioDeviceInfo> devices, string? wanted, bool forInput)
    {
        var usable = devices.Where(device => (forInput ? device.InputChannelCount : device.OutputChannelCount) > 0).ToArray();
        if (string.IsNullOrWhiteSpace(wanted))
        {
            return usable.FirstOrDefault(device => forInput ? device.IsDefaultInput : device.IsDefaultOutput);
        }

        return usable.FirstOrDefault(device => int.TryParse(wanted, out var index) && device.Index == index)
            ?? usable.FirstOrDefault(device => string.Equals(device.Name, wanted, StringComparison.OrdinalIgnoreCase))
            ?? usable.FirstOrDefault(device => device.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw new AudioDeviceException(
                $"There is no sound {(forInput ? "input" : "output")} '{wanted}'. "
                + (usable.Length == 0 ? "There is none at all." : $"Choose one of: {string.Join(", ", usable.Select(device => $"{device.Index} '{device.Name}'"))}."));
    }
}
