using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;

namespace CsmAgent.Engines.Voices;

/// <summary>A <see cref="VoiceTone"/> as a stream: highs and lows part at 1 kHz and
/// are weighed against each other, then levels are set and peaks rounded.</summary>
/// <remarks>One speaker's stream; not for several threads.</remarks>
public sealed class VoiceShaper
{
    private const double CornerHz = 1_000;
    private const float Knee = 0.8f;

    private readonly float _pole = (float)Math.Exp(-2 * Math.PI * CornerHz / AudioFormat.SampleRateHz);
    private readonly float _low;
    private readonly float _high;
    private float _memory;

    /// <summary>Makes a shaper with empty memory.</summary>
    /// <param name="tone">The tone; null changes nothing but peaks.</param>
    public VoiceShaper(VoiceTone? tone)
    {
        tone ??= new VoiceTone();
        var gain = Level.FromDecibels(tone.GainDb);
        _low = (float)(gain * Level.FromDecibels(-tone.TiltDb / 2));
        _high = (float)(gain * Level.FromDecibels(tone.TiltDb / 2));
    }

    /// <summary>Shapes samples in place.</summary>
    /// <param name="samples">24 kHz mono, the next of the stream.</param>
    public void Process(Span<float> samples)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            _memory = (_pole * _memory) + ((1 - _pole) * samples[i]);
            samples[i] = Round((_low * _memory) + (_high * (samples[i] - _memory)));
        }
    }

    /// <summary>Linear up to the knee, then towards 1 without reaching it.</summary>
    private static float Round(float sample)
    {
        var size = Math.Abs(sample);
        return size <= Knee ? sample : MathF.CopySign(Knee + ((1 - Knee) * MathF.Tanh((size - Knee) / (1 - Knee))), sample);
    }
}
