using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.VoiceActivity;

/// <summary>Keeps the last second of the voice now speaking, to find its last voiced sample once voice activity has ended: activity ends in
/// windows of 32 ms and hears on for about 50 ms after the sound. Delays are counted from here; nothing is decided by it.</summary>
/// <remarks>The rule is that of <see cref="MouthToEar.LastVoicedSample"/>, with what a microphone adds: noise hides the end of a voice.
/// One instance per stream of sound, one thread. Nothing is allocated per hop.</remarks>
public sealed class VoiceTail
{
    private const int Hop = VoiceActivityDetector.HopSamples;
    private const int KeptHops = AudioFormat.SampleRateHz / Hop;

    // The largest of the few thousand samples of noise that follow a voice lies about 11 dB over their RMS.
    private const float NoisePeakDb = 12;

    private readonly float[] _kept = new float[KeptHops * Hop];
    private int _next;
    private double _loudest;

    /// <summary>A voice begins; the next hop is its own.</summary>
    public void Begin() => _loudest = 0;

    /// <summary>Takes the next 10 ms, of a voice or not.</summary>
    /// <param name="hop">240 samples at 24 kHz.</param>
    public void Add(ReadOnlySpan<float> hop)
    {
        hop.CopyTo(_kept.AsSpan(_next * Hop, Hop));
        _next = (_next + 1) % KeptHops;
        _loudest = Math.Max(_loudest, SignalMath.Energy(hop) / Hop);
    }

    /// <summary>Samples from the voice's last voiced one to now: the last within 35 dB of its loudest 10 ms that the room's noise does not hide.</summary>
    /// <param name="noiseFloorDb">RMS level of the room's noise in dBFS.</param>
    /// <returns>Null when there is none in the last second.</returns>
    public int? LastVoicedAgo(float noiseFloorDb)
    {
        var amplitude = Math.Max(MouthToEar.LeastVoicedAmplitude(_loudest), (float)Math.Pow(10, (noiseFloorDb + NoisePeakDb) / 20));
        for (var ago = 1; ago <= KeptHops; ago++)
        {
            var hop = _kept.AsSpan((_next + KeptHops - ago) % KeptHops * Hop, Hop);
            if (hop.LastIndexOfAnyExceptInRange(-amplitude, amplitude) is var last and >= 0)
            {
                return (ago * Hop) - last;
            }
        }

        return null;
    }
}
