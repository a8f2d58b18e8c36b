using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.Echo;

/// <summary>The newest samples of a stream, readable at any delay; between two samples by a windowed sinc. Nothing is allocated after construction.</summary>
/// <param name="samples">How many are kept.</param>
internal sealed class DelayLine(int samples)
{
    /// <summary>A delay between two samples needs this many newer ones.</summary>
    public const int LeastFractionalDelay = HalfTaps;

    private const int HalfTaps = 16;
    private readonly float[] _history = new float[samples];
    private readonly float[] _taps = new float[2 * HalfTaps];

    /// <summary>Takes the next samples.</summary>
    public void Remember(ReadOnlySpan<float> newest)
    {
        Array.Copy(_history, newest.Length, _history, 0, _history.Length - newest.Length);
        newest.CopyTo(_history.AsSpan(_history.Length - newest.Length));
    }

    /// <summary>Reads a stretch whose last sample lies this far before the newest.</summary>
    public void Read(double delay, Span<float> destination)
    {
        var whole = (int)Math.Ceiling(delay);
        var fraction = whole - delay;
        var first = _history.Length - destination.Length - whole;
        if (fraction == 0)
        {
            _history.AsSpan(first, destination.Length).CopyTo(destination);
            return;
        }

        MakeTaps(fraction);
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = SignalMath.Dot(_history.AsSpan(first + i - HalfTaps + 1, _taps.Length), _taps);
        }
    }

    // The value at `fraction` of the way from the sample at tap HalfTaps - 1 to the next.
    private void MakeTaps(double fraction)
    {
        for (var tap = 0; tap < _taps.Length; tap++)
        {
            var time = tap - (HalfTaps - 1) - fraction;
            var window = Math.Cos(Math.PI * time / (2 * HalfTaps));
            _taps[tap] = (float)(Math.Abs(time) < 1e-9 ? 1 : Math.Sin(Math.PI * time) / (Math.PI * time) * window * window);
        }
    }
}
