using System.Runtime.InteropServices;
using CsmAgent.Audio.Measurement;

namespace CsmAgent.Cli.Measuring;

/// <summary>What the agent played, from the device's first sample: measured from outside, whatever the agent says about itself.</summary>
internal sealed class PlayedSound
{
    private const float SilentPeak = 0.001f;
    private readonly List<float> _samples = [];

    public ReadOnlySpan<float> Samples => CollectionsMarshal.AsSpan(_samples);

    /// <summary>Adds what a talker heard: the block played before.</summary>
    public void Add(ReadOnlySpan<float> heard) => _samples.AddRange(heard);

    /// <summary>Where the sound between two samples ends: behind the last that is not silent (over -60 dBFS).</summary>
    /// <returns><paramref name="from"/> when all of it is silent.</returns>
    public static long EndOfSound(ReadOnlySpan<float> played, long from, long until) =>
        from + 1 + played[(int)from..(int)Math.Clamp(until, from, played.Length)].LastIndexOfAnyExceptInRange(-SilentPeak, SilentPeak);

    /// <summary>Where a recorded voice begins: its end, read backwards.</summary>
    public static int FirstVoiced(ReadOnlyMemory<float> samples)
    {
        var backwards = samples.ToArray();
        Array.Reverse(backwards);
        return samples.Length - 1 - MouthToEar.LastVoicedSample(backwards);
    }
}
