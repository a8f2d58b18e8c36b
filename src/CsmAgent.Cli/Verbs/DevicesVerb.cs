using System.CommandLine;
using CsmAgent.Audio.Devices.PortAudio;
using Spectre.Console;

namespace CsmAgent.Cli.Verbs;

/// <summary>Lists microphones and loudspeakers.</summary>
internal sealed class DevicesVerb : Verb
{
    public DevicesVerb(Shell shell)
        : base(shell, "devices", "Lists microphones and loudspeakers; the numbers and names are what --device takes.", "devices")
    {
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var devices = PortAudioDevices.List();
        if (devices.Count == 0)
        {
            Shell.Line("No sound device. 'csm-agent talk' holds its conversation with recorded turns instead.");
            return Task.FromResult(ExitCode.Ok);
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("#", "name", "system", "in", "out", "rate", "default");
        foreach (var device in devices)
        {
            var chosen = (device.IsDefaultInput, device.IsDefaultOutput) switch
            {
                (true, true) => "microphone, loudspeaker",
                (true, false) => "microphone",
                (false, true) => "loudspeaker",
                _ => string.Empty,
            };
            table.AddRow(
                new Text($"{device.Index}"), new Text(device.Name), new Text(device.HostApi), new Text($"{device.InputChannelCount}"),
                new Text($"{device.OutputChannelCount}"), new Text($"{device.DefaultSampleRateHz} Hz"), new Text(chosen));
        }

        Shell.Out.Write(table);
        return Task.FromResult(ExitCode.Ok);
    }
}
