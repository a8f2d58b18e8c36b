using CsmAgent.Audio;
using CsmAgent.Audio.Files;

namespace CsmAgent.Conversation.Reporting;

/// <summary>Peaks of both sides, one per 50 ms.</summary>
internal sealed record Waveform(float[] User, float[] Agent)
{
    public const int SamplesPerPeak = AudioFormat.SampleRateHz / 20;

    public static Waveform Of(WavAudio audio) => new(Peaks(audio, 0), Peaks(audio, Math.Min(1, audio.ChannelCount - 1)));

    private static float[] Peaks(WavAudio audio, int channel)
    {
        var frames = audio.SampleCount;
        var perPeak = Math.Max(1, SamplesPerPeak * audio.SampleRateHz / AudioFormat.SampleRateHz);
        var peaks = new float[(frames + perPeak - 1) / perPeak];
        for (var i = 0; i < frames; i++)
        {
            ref var peak = ref peaks[i / perPeak];
            peak = Math.Max(peak, Math.Abs(audio.Interleaved[(i * audio.ChannelCount) + channel]));
        }

        return peaks;
    }
}
