namespace CsmAgent.Conversation.Actors;

/// <summary>How long a frame of speech is waited for before its session counts as stuck. A frame lasts 80 ms and must be there sooner;
/// the first of a clause has the whole context before it, and how long that takes is learnt from the ones before.</summary>
internal sealed class FramePatience
{
    private const double Generous = 8;
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time = TimeProvider.System;
    private TimeSpan _first = Most;
    private TimeSpan _slowest;
    private long _began;
    private bool _isFirst;

    /// <summary>A frame is asked for.</summary>
    /// <returns>How long it is waited for.</returns>
    public TimeSpan Begin(bool isFirst)
    {
        (_began, _isFirst) = (_time.GetTimestamp(), isFirst);
        return isFirst ? _first : Least;
    }

    /// <summary>It came.</summary>
    public void End()
    {
        if (_isFirst)
        {
            var took = _time.GetElapsedTime(_began);
            _slowest = took > _slowest ? took : _slowest;
            _first = Within(_slowest * Generous);
        }
    }

    /// <summary>It did not come: the next may take longer, lest a machine that is merely slow loses one session after the other.</summary>
    public void Lost() => _first = Within(_first * 3);

    private static TimeSpan Within(TimeSpan time) => time < Least ? Least : time > Most ? Most : time;
}
