namespace CsmAgent.Audio.Echo;

/// <summary>Notices headphones within half a second of the agent's first words: the microphone stays as quiet as it was before them.
/// Echo that does not rise above the room's own noise could not be taken for a voice either.</summary>
internal sealed class QuietMicrophone
{
    // The way through buffers, air and back: nearly all devices are faster.
    private const int LongestWayHops = 25;
    private const int EvidenceHops = 20;
    private const double RiseFactor = 4; // 6 dB
    private const double Smoothing = 0.2;
    private const double FloorRise = 1.005; // 2 dB a second
    private const double LeastFloor = 1e-9; // -90 dBFS: a microphone that is switched off

    // Echo of loud words in a quiet room cannot be missed: 30 dB down it still rises by 6 dB. In a noisy one nothing is concluded.
    private const double LoudPower = 1e-4; // -40 dBFS
    private const double QuietRoom = 1e-5; // -50 dBFS

    private double _smooth = -1;
    private double _floor = double.MaxValue;
    private int _since;
    private int _evidence;

    /// <summary>Whether the agent has been loud for a while and the microphone heard nothing of it.</summary>
    public bool HearsNothing => _evidence >= EvidenceHops;

    /// <summary>Takes a hop.</summary>
    /// <param name="captured">Power of what was captured.</param>
    /// <param name="played">Power of what was played.</param>
    /// <param name="mayEcho">Whether the agent is audible or its echo may still be on the way.</param>
    public void Hear(double captured, double played, bool mayEcho)
    {
        _smooth = _smooth < 0 ? captured : _smooth + (Smoothing * (captured - _smooth));
        if (!mayEcho)
        {
            _floor = Math.Min(Math.Max(_smooth, LeastFloor), _floor * FloorRise);
            _since = 0;
            return;
        }

        _since++;
        if (_since > LongestWayHops && played > LoudPower && !HearsNothing)
        {
            // Loud once is either echo or the person: then the evidence is gathered anew.
            _evidence = _smooth < RiseFactor * _floor && _floor < QuietRoom ? _evidence + 1 : 0;
        }
    }
}
