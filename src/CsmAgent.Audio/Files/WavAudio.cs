using CsmAgent.Audio.Resampling;

namespace CsmAgent.Audio.Files;

/// <summary>The sound of one file.</summary>
/// <param name="Interleaved">Samples, channels side by side; full scale is 1 and every value is finite.</param>
/// <param name="SampleRateHz">Samples per second and channel.</param>
/// <param name="ChannelCount">1 or 2.</param>
public sealed record WavAudio(float[] Interleaved, int SampleRateHz, int ChannelCount)
{
    /// <summary>Samples per channel.</summary>
    public int SampleCount => Interleaved.Length / ChannelCount;

    /// <summary>Length in time.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)SampleCount / SampleRateHz);

    /// <summary>One channel's samples.</summary>
    /// <param name="channel">0, or 1 for the right side of a stereo file.</param>
    public float[] Channel(int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, ChannelCount);
        var samples = new float[SampleCount];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = Interleaved[(i * ChannelCount) + channel];
        }

        return samples;
    }

    /// <summary>The mean of the channels.</summary>
    public float[] ToMono()
    {
        if (ChannelCount == 1)
        {
            return Interleaved;
        }

        var samples = new float[SampleCount];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = 0.5f * (Interleaved[2 * i] + Interleaved[(2 * i) + 1]);
        }

        return samples;
    }

    /// <summary>The house format: mono at <see cref="AudioFormat.SampleRateHz"/>.</summary>
    public float[] ToHouseFormat() => Resampler.Resample(ToMono(), SampleRateHz, AudioFormat.SampleRateHz);
}
