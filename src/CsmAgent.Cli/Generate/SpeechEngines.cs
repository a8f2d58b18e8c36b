using CsmAgent.Audio.Devices.PortAudio;
using CsmAgent.Engines.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Generate;

/// <summary>The engines of verbs that only speak: no actors, no settings.</summary>
internal static class SpeechEngines
{
    /// <summary>Synthesiser, recogniser, codec and voices, loaded at first use.</summary>
    public static ServiceProvider Open(Shell shell) =>
        new ServiceCollection().AddCsmAgent(options => options.Root = shell.Root).BuildServiceProvider();

    /// <summary>A file, or a loudspeaker when none is named.</summary>
    public static ISpeechSink Sink(Shell shell, string? file, string? device) => file is not null
        ? new FileSink(file)
        : new LoudspeakerSink(PortAudioDevice.Open(new PortAudioDeviceOptions { Output = device }), shell.Time);
}
