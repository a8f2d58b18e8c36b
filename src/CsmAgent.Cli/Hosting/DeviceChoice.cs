using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Devices.PortAudio;
using CsmAgent.Cli.Talk;

namespace CsmAgent.Cli.Hosting;

/// <summary>Chooses where a conversation is held: at a sound card, or with recorded turns where there is none.</summary>
/// <param name="shell">Says what was chosen and why; knows where the recorded turns lie.</param>
internal sealed class DeviceChoice(Shell shell)
{
    /// <summary>The device of a conversation.</summary>
    /// <param name="name">A sound card by name or number; null for the system's own.</param>
    /// <param name="turns">Recorded turns to use instead; null for none.</param>
    /// <param name="pace">How fast recorded turns run.</param>
    /// <returns>Opens the device.</returns>
    /// <exception cref="CliException">Both were asked for.</exception>
    /// <exception cref="AudioDeviceException">The named sound card does not exist.</exception>
    public Func<IAudioDevice> Conversation(string? name, string? turns, DevicePace pace)
    {
        if (turns is not null)
        {
            return name is null
                ? Recorded(turns, pace)
                : throw new CliException(ExitCode.Usage, "--turns stands in for a microphone; leave out --device, or --turns.");
        }

        if (name is not null || WhyNoMicrophone() is not { } reason)
        {
            return () => PortAudioDevice.Open(new PortAudioDeviceOptions { Input = name, Output = name });
        }

        shell.Notice($"{reason} Holding the conversation with recorded turns instead (voices/desk-turns).");
        return Recorded(Path.Combine(shell.Root, "voices", "desk-turns", "conversation.turns"), pace);
    }

    /// <summary>A sound card to play on.</summary>
    public static IAudioDevice Loudspeaker(string? name) => PortAudioDevice.Open(new PortAudioDeviceOptions { Output = name });

    // Null when there is one.
    private static string? WhyNoMicrophone()
    {
        try
        {
            var devices = PortAudioDevices.List();
            return devices.Count == 0 ? "There is no sound device on this machine."
                : !devices.Any(device => device.IsDefaultInput) ? "There is a sound device, but no microphone."
                : null;
        }
        catch (AudioDeviceException missing)
        {
            return missing.Message;
        }
    }

    private static Func<IAudioDevice> Recorded(string turns, DevicePace pace)
    {
        var script = TurnScript.Read(turns);
        return () => new VirtualDevice($"recorded turns ({Path.GetFileName(turns)})", new TurnTalker(script), pace, new VirtualDeviceOptions { Room = Room() });
    }

    // As at a desk: the microphone hears the loudspeaker, and an interruption has to be heard through it.
    private static SimulatedRoom Room() => SimulatedRoom.Create(TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(200), levelDb: -12);
}
