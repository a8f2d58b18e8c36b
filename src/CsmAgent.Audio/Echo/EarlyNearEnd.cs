namespace CsmAgent.Audio.Echo;

/// <summary>Notices a person over the agent while the filter has not learnt the room yet: what is left is far louder, beside what was played,
/// than it has been so far.</summary>
/// <remarks>D. L. Duttweiler, "A twelve-channel digital echo canceler", 1978 (Geigel's detector), on what the filter leaves: that falls as it
/// learns. Without this a person who cuts in during the agent's first second is taken for echo, and keeps the filter from learning
/// that they are none.</remarks>
internal sealed class EarlyNearEnd
{
    private const double Factor = 10; // 10 dB
    private const int LearnHops = 40;
    private const int ConfirmHops = 5;
    private const int HangoverHops = 20;

    // Whoever speaks for longer without a pause is rather an echo that has become louder.
    private const int LongestHops = 250;
    private const double Smoothing = 0.4;
    private const double Forget = 0.96; // 18 dB a second: the filter learns
    private const double Rise = 1.05; // 21 dB a second
    private const double Loud = 0.1; // -10 dB: pauses say nothing

    private readonly double[] _played;
    private int _hop;
    private int _learnt;
    private double _share;
    private double _left;
    private int _suspicious;
    private int _hangover;
    private int _active;

    /// <param name="tailHops">Hops for which what was played echoes.</param>
    public EarlyNearEnd(int tailHops) => _played = new double[tailHops];

    /// <summary>Whether somebody speaks.</summary>
    public bool IsActive => _hangover > 0;

    /// <summary>Forgets the room.</summary>
    public void Reset() => (_learnt, _share, _suspicious, _hangover, _active) = (0, 0, 0, 0, 0);

    /// <summary>Takes a hop in which the agent may be heard.</summary>
    /// <param name="left">Power of what the filter left.</param>
    /// <param name="played">Power of what was played, in time with it.</param>
    /// <param name="isAudible">Whether that is loud enough to say anything.</param>
    public void Hear(double left, double played, bool isAudible)
    {
        _played[_hop++ % _played.Length] = played;
        _left += Smoothing * (left - _left);
        var loudest = 0.0;
        foreach (var power in _played)
        {
            loudest = Math.Max(loudest, power);
        }

        _hangover = Math.Max(0, _hangover - 1);
        if (loudest <= 0 || !isAudible)
        {
            return;
        }

        var share = _left / loudest;
        var isLouder = _learnt >= LearnHops && share > Factor * _share;

        // Words have gaps: what is heard in between does not undo all that was heard before.
        _suspicious = isLouder ? Math.Min(_suspicious + 1, ConfirmHops) : Math.Max(_suspicious - 1, 0);
        _hangover = isLouder && _suspicious == ConfirmHops ? HangoverHops : _hangover;
        _active = IsActive ? _active + 1 : 0;
        if (_active > LongestHops)
        {
            Reset();
        }
        else if (!IsActive && !isLouder && played >= Loud * loudest)
        {
            _share = _learnt < LearnHops ? Math.Max(share, _share * Forget) : Math.Clamp(share, _share * Forget, _share * Rise);
            _learnt++;
        }
    }
}
