using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;

namespace CsmAgent.Cli.Voices;

/// <summary>Records from a microphone for some seconds.</summary>
internal static class VoiceRecording
{
    /// <summary>Records.</summary>
    /// <param name="device">A device with an input; borrowed.</param>
    /// <param name="length">How long.</param>
    /// <param name="time">Paces the waiting.</param>
    /// <param name="level">Told the level in dBFS, ten times a second.</param>
    /// <param name="cancellationToken">Ends early with an exception.</param>
    /// <returns>24 kHz mono.</returns>
    public static async Task<float[]> RecordAsync(
        IAudioDevice device, TimeSpan length, TimeProvider time, Action<double> level, CancellationToken cancellationToken)
    {
        var port = new AudioPort(new PlaybackQueue(), AudioFormat.SampleRateHz / 10, 64, time);
        var block = new AudioBlock(port.BlockSamples);
        var samples = new List<float>();
        device.Start(port);
        while (samples.Count < length.TotalSeconds * AudioFormat.SampleRateHz)
        {
            if (device.Completion.IsCompleted)
            {
                await device.Completion.ConfigureAwait(false);
                break;
            }

            await port.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
            while (port.TryRead(block))
            {
                samples.AddRange(block.Captured);
                level(LevelReport.Of(block.Captured).SpeechDb);
            }
        }

        return [.. samples];
    }
}
