namespace CsmAgent.Audio.Devices;

/// <summary>A recorded user who takes turns with the agent, by listening to it.</summary>
/// <remarks>Deterministic: when turns start depends only on the samples the agent played.</remarks>
public sealed class TurnTalker : ITalker
{
    // Quieter than this (-50 dBFS) is not speech; pauses shorter than 300 ms are inside it.
    private const float AudiblePeak = 0.003f;
    private const int BridgedSamples = 300 * AudioFormat.SampleRateHz / 1_000;

    private readonly IReadOnlyList<RecordedTurn> _turns;
    private readonly long[] _starts;
    private readonly long _giveUp;
    private readonly long _silenceAtEnd;
    private int _turn;
    private int _said;
    private bool _saying;
    private long _now;
    private long _sinceLastTurn;
    private long _agentSpoke;
    private long _agentSilent;
    private bool _agentAnswered;

    /// <summary>Makes a talker.</summary>
    /// <param name="turns">In order.</param>
    /// <param name="giveUp">How long an agent that should speak and does not is waited for, per turn; then the turn starts all the same. 15 s when null.</param>
    /// <param name="silenceAtEnd">How long the agent must be silent after its last answer before the conversation ends; 1.5 s when null.</param>
    public TurnTalker(IReadOnlyList<RecordedTurn> turns, TimeSpan? giveUp = null, TimeSpan? silenceAtEnd = null)
    {
        ArgumentNullException.ThrowIfNull(turns);
        _turns = turns;
        _starts = new long[turns.Count];
        _giveUp = Samples(giveUp ?? TimeSpan.FromSeconds(15));
        _silenceAtEnd = Samples(silenceAtEnd ?? TimeSpan.FromSeconds(1.5));
    }

    /// <inheritdoc/>
    public bool HasVoice => true;

    /// <summary>Turns begun so far.</summary>
    public int TurnsBegun => Volatile.Read(ref _turn) + (Volatile.Read(ref _saying) ? 1 : 0);

    /// <summary>Turns that started because the agent was waited for in vain.</summary>
    public int TurnsGivenUpOn { get; private set; }

    /// <summary>The device's sample at which a turn's first sample was captured.</summary>
    /// <param name="turn">A turn that has begun, from 0.</param>
    public long StartOf(int turn)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(turn, TurnsBegun);
        return _starts[turn];
    }

    /// <inheritdoc/>
    public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
    {
        Listen(heard);
        for (var done = 0; done < block.Length;)
        {
            if (!_saying && !Begins())
            {
                if (_turn == _turns.Count && IsOver())
                {
                    return false;
                }

                // Moments are looked at once per block, as a person would.
                block[done..].Clear();
                _sinceLastTurn += block.Length - done;
                break;
            }

            done += Say(block[done..], done);
        }

        _now += block.Length;
        return true;
    }

    private static long Samples(TimeSpan time) => (long)(time.TotalSeconds * AudioFormat.SampleRateHz);

    private void Listen(ReadOnlySpan<float> heard)
    {
        var audible = false;
        foreach (var sample in heard)
        {
            audible |= Math.Abs(sample) > AudiblePeak;
        }

        if (audible)
        {
            _agentSpoke += heard.Length + (_agentSpoke > 0 ? _agentSilent : 0);
            _agentSilent = 0;
            _agentAnswered |= !_saying;
            return;
        }

        _agentSilent += heard.Length;
        if (_agentSilent > BridgedSamples)
        {
            _agentSpoke = 0;
        }
    }

    private bool Begins()
    {
        if (_turn == _turns.Count)
        {
            return false;
        }

        var turn = _turns[_turn];
        var after = Samples(turn.After);
        var first = _turn == 0;
        var begins = turn.Start switch
        {
            TurnStart.Time => _sinceLastTurn >= after,
            // Nobody has asked anything before the first turn, so there is no answer to wait for.
            TurnStart.AgentSilent => (_agentAnswered || first) && Math.Min(_agentSilent, _sinceLastTurn) >= after,
            _ => _agentAnswered && _agentSilent == 0 && Math.Min(_agentSpoke, _sinceLastTurn) >= after,
        };
        if (!begins && turn.Start != TurnStart.Time && _sinceLastTurn >= _giveUp + after && _agentSpoke == 0)
        {
            TurnsGivenUpOn++;
            begins = true;
        }

        return begins;
    }

    private int Say(Span<float> block, int offset)
    {
        var turn = _turns[_turn];
        if (!_saying)
        {
            _starts[_turn] = _now + offset;
            _said = 0;
            Volatile.Write(ref _saying, true);
        }

        var count = Math.Min(block.Length, turn.Samples.Length - _said);
        turn.Samples.Span.Slice(_said, count).CopyTo(block);
        _said += count;
        if (_said == turn.Samples.Length)
        {
            Volatile.Write(ref _saying, false);
            Volatile.Write(ref _turn, _turn + 1);
            _sinceLastTurn = 0;
            _agentAnswered = false;
        }

        return count;
    }

    private bool IsOver() =>
        (_agentAnswered && _agentSilent >= _silenceAtEnd) || (_sinceLastTurn >= _giveUp && _agentSilent >= _silenceAtEnd);
}
