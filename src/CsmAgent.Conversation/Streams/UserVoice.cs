using CsmAgent.Audio;
using CsmAgent.Audio.Analysis;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Streams;

/// <summary>Learns how loud the user is while the agent is silent, and compares with that whoever speaks over the agent. While the agent
/// speaks, a voice far below the user's level is not let through at all: it could only make the agent stutter. While the agent is
/// silent everybody is heard, so nobody can be locked out.</summary>
internal sealed class UserVoice
{
    // A loud syllable lies about 4 dB above a voice's own level: who speaks 14 dB softer than the user has none that opens the gate.
    // Who it lets in by mistake makes the agent fall silent for a moment; who it keeps out is not heard at all.
    private const double OpensDb = -10;

    // Before the user is known: no microphone turned up for speech gives a person less.
    private const double LeastDb = -55;

    // The agent's own pauses between words must not open the gate.
    private const int AgentTail = AudioFormat.SampleRateHz / 2;

    // A loud syllable is enough: what is far away has none.
    private const int RecentSamples = AudioFormat.SampleRateHz / 20;

    // Who is as loud as the user for as long as a consonant is no click and not far away.
    private const double CloseDb = -4;
    private const int CloseSamples = AudioFormat.SampleRateHz / 25;

    private const float AudiblePeak = 0.003f;
    private const int LeastActiveMs = 250;
    private const double Follow = 0.3;

    private readonly VoiceMeter _meter = new();
    private double _recent;
    private bool _began;
    private bool _overAgent;
    private bool _passed;
    private int _sinceAgent = AgentTail;
    private int _closeFor;

    /// <summary>The user's usual level in dBFS; null before the first turn.</summary>
    public double? UsualDb { get; private set; }

    /// <summary>The voice now speaking, beside the user's own.</summary>
    public VoiceSound Sound
    {
        get
        {
            var heard = _meter.Measure();
            return heard with { LevelDb = heard.LevelDb - (UsualDb ?? heard.LevelDb) };
        }
    }

    /// <summary>Takes a hop before voice activity does.</summary>
    /// <param name="clean">The microphone without the agent.</param>
    /// <param name="isDoubleTalk">Whether the canceller finds more in it than it expects to leave of the agent.</param>
    /// <returns>Whether somebody over the agent has been about as loud as the user for long enough to be one who speaks.</returns>
    public bool IsClose(ReadOnlySpan<float> clean, bool isDoubleTalk)
    {
        var isLoud = isDoubleTalk && UsualDb is { } usual && Level.ToDecibels(Level.Rms(clean)) >= usual + CloseDb;
        _closeFor = isLoud ? Math.Min(CloseSamples, _closeFor + clean.Length) : 0;
        return _closeFor >= CloseSamples;
    }

    /// <summary>Takes a hop and what voice activity said of it.</summary>
    /// <param name="clean">The microphone without the agent.</param>
    /// <param name="played">What the agent said meanwhile.</param>
    /// <param name="isSpeech">Whether voice activity hears speech.</param>
    /// <param name="isEcho">Whether the canceller finds no more in it than it expects to leave of the agent.</param>
    /// <returns>Whether somebody speaks who may mean the agent.</returns>
    public bool Pass(ReadOnlySpan<float> clean, ReadOnlySpan<float> played, bool isSpeech, bool isEcho = false)
    {
        _sinceAgent = played.ContainsAnyExceptInRange(-AudiblePeak, AudiblePeak) ? 0 : Math.Min(AgentTail, _sinceAgent + played.Length);
        var power = Math.Pow(Level.Rms(clean), 2);
        _recent += Math.Min(1, (double)clean.Length / RecentSamples) * (power - _recent);
        if (!isSpeech && _began)
        {
            End();
        }

        _meter.Hear(power);
        if (!isSpeech)
        {
            return false;
        }

        if (!_began)
        {
            (_began, _passed, _overAgent) = (true, false, _sinceAgent < AgentTail);
            _meter.Begin();
        }

        _passed |= !_overAgent || (!isEcho && VoiceMeter.Decibels(_recent) >= (UsualDb + OpensDb ?? LeastDb));
        return _passed;
    }

    // Only turns that were surely meant for the agent say how loud the user is.
    private void End()
    {
        var heard = _meter.Measure();
        if (!_overAgent && heard.ActiveMs >= LeastActiveMs)
        {
            UsualDb = UsualDb is not { } usual ? heard.LevelDb : usual + (Follow * (heard.LevelDb - usual));
        }

        _meter.End();
        _began = false;
    }
}
