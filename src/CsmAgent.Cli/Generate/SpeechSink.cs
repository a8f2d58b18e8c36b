using CsmAgent.Cli.Hosting;

namespace CsmAgent.Cli.Generate;

/// <summary>Opens what <c>--out</c> and <c>--device</c> ask for.</summary>
internal static class SpeechSink
{
    /// <summary>A file, or a loudspeaker when none is named.</summary>
    public static ISpeechSink Open(Shell shell, string? file, string? device) =>
        file is not null ? new FileSink(file) : Play(shell, device);

    /// <summary>A loudspeaker.</summary>
    /// <param name="shell">Its clock paces the playing.</param>
    /// <param name="device">By name or number; null for the system's own.</param>
    public static ISpeechSink Play(Shell shell, string? device) => new LoudspeakerSink(DeviceChoice.Loudspeaker(device), shell.Time);
}
