using CsmAgent.Audio.Measurement;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>Measures one voice hop by hop: how loud, how deep the gaps between its syllables. Allocates nothing per hop.</summary>
internal sealed class VoiceMeter
{
    // An onset is decided up to this much later than it happened; what was heard meanwhile belongs to the voice.
    private const int PreRollHops = 6;
    private const int MostHops = 600;

    // Vowels to weak consonants; what lies below is room, breath and noise.
    private const double ActiveDb = 20;
    private const double QuietShare = 0.2;

    private readonly float[] _power = new float[MostHops];
    private readonly float[] _sorted = new float[MostHops];
    private int _count;
    private bool _runs;

    /// <summary>Power in decibels below full scale.</summary>
    public static double Decibels(double power) => 10 * Math.Log10(power + 1e-12);

    /// <summary>Takes the mean power of the next 10 ms, of a voice or not.</summary>
    public void Hear(double power)
    {
        var limit = _runs ? MostHops : PreRollHops;
        if (_count == limit)
        {
            Array.Copy(_power, 1, _power, 0, --_count);
        }

        _power[_count++] = (float)power;
    }

    /// <summary>A voice begins, a little before now.</summary>
    public void Begin() => _runs = true;

    /// <summary>It ended.</summary>
    public void End() => (_runs, _count) = (false, 0);

    /// <summary>The voice so far; nothing is relative to anybody yet.</summary>
    public VoiceSound Measure()
    {
        var loudest = 0f;
        for (var i = 0; i < _count; i++)
        {
            loudest = Math.Max(loudest, _power[i]);
        }

        var least = loudest * (float)Math.Pow(10, -ActiveDb / 10);
        var (active, first, last, power) = (0, _count, -1, 0.0);
        for (var i = 0; i < _count; i++)
        {
            if (_power[i] < least)
            {
                continue;
            }

            (first, last) = (Math.Min(first, i), i);
            active++;
            power += _power[i];
        }

        if (active == 0)
        {
            return new VoiceSound(LevelMeter.FloorDb, 0, 0);
        }

        var level = Decibels(power / active);
        var span = _sorted.AsSpan(0, last - first + 1);
        _power.AsSpan(first, span.Length).CopyTo(span);
        span.Sort();
        return new VoiceSound(level, Decibels(span[(int)(QuietShare * (span.Length - 1))]) - level, active * 10);
    }
}
