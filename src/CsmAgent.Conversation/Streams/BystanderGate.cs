using CsmAgent.Audio;

namespace CsmAgent.Conversation.Streams;

/// <summary>Tells the person at the microphone from others in the background, by loudness: while the agent speaks, speech far below
/// the user's usual level is not meant for it. While the agent is silent everybody is heard, so nobody can be locked out.</summary>
internal sealed class BystanderGate
{
    /// <summary>How far below the user's usual level an interruption may be.</summary>
    private const double MarginDb = 12;

    // The agent's own pauses between words must not open the gate.
    private const int AgentTail = AudioFormat.SampleRateHz / 2;

    // A loud syllable is enough: what is far away has none.
    private const int RecentSamples = AudioFormat.SampleRateHz / 20;

    private const float AudiblePeak = 0.003f;

    private double _usualDb = double.NaN;
    private double _energy;
    private double _recent;
    private long _count;
    private bool _began;
    private bool _overAgent;
    private bool _passed;
    private int _sinceAgent = AgentTail;

    /// <summary>The user's usual level in dBFS; not a number before the first turn.</summary>
    public double UsualDb => _usualDb;

    /// <summary>Takes a hop and what voice activity said of it.</summary>
    /// <returns>Whether somebody speaks who means the agent.</returns>
    public bool Pass(ReadOnlySpan<float> clean, ReadOnlySpan<float> played, bool isSpeech)
    {
        _sinceAgent = played.ContainsAnyExceptInRange(-AudiblePeak, AudiblePeak) ? 0 : Math.Min(AgentTail, _sinceAgent + played.Length);
        if (!isSpeech)
        {
            End();
            return false;
        }

        if (!_began)
        {
            (_began, _passed, _overAgent, _energy, _count, _recent) = (true, false, _sinceAgent < AgentTail, 0, 0, 0);
        }

        var energy = 0.0;
        foreach (var sample in clean)
        {
            energy += sample * sample;
        }

        _energy += energy;
        _count += clean.Length;
        _recent += Math.Min(1, (double)clean.Length / RecentSamples) * ((energy / clean.Length) - _recent);
        _passed |= !_overAgent || double.IsNaN(_usualDb) || Decibels(_recent) >= _usualDb - MarginDb;
        return _passed;
    }

    private double LevelDb() => Decibels(_energy / _count);

    private static double Decibels(double power) => 10 * Math.Log10(power + 1e-12);

    // Only turns that were surely meant for the agent say how loud the user usually is.
    private void End()
    {
        if (_began && !_overAgent && _count > AudioFormat.SampleRateHz / 3)
        {
            _usualDb = double.IsNaN(_usualDb) ? LevelDb() : _usualDb + (0.3 * (LevelDb() - _usualDb));
        }

        _began = false;
    }
}
