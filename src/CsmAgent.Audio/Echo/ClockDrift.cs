namespace CsmAgent.Audio.Echo;

/// <summary>Two devices have two clocks: the echo's delay then grows or shrinks steadily. A line through the delays of the last half
/// minute says how fast, to a part per million or two.</summary>
internal sealed class ClockDrift
{
    private const int Most = 64;
    private const int Least = 8;
    private const double WindowSamples = 30.0 * AudioFormat.SampleRateHz;

    // More than this from the line is no drift: the device has changed its buffers.
    private const double JumpSamples = 24;

    // Known when its error is this small, and worth following from here on: slower ones the filter follows by itself.
    private const double KnownWithin = 4e-6;
    private const double WorthFollowing = 3e-6;
    private const double Fastest = 500e-6;

    private readonly (double Time, double Delay)[] _points = new (double, double)[Most];
    private int _count;

    /// <summary>Samples of delay gained per sample of time; 0 while it is unknown or too small to matter.</summary>
    public double Rate { get; private set; }

    /// <summary>Takes a delay that was found.</summary>
    /// <param name="time">Samples since the start.</param>
    /// <param name="delay">In samples, fractions included.</param>
    public void Add(double time, double delay)
    {
        if (_count > 0 && Math.Abs(delay - _points[_count - 1].Delay - (Rate * (time - _points[_count - 1].Time))) > JumpSamples)
        {
            _count = 0;
        }

        while (_count == Most || (_count > 0 && _points[0].Time < time - WindowSamples))
        {
            Array.Copy(_points, 1, _points, 0, --_count);
        }

        _points[_count++] = (time, delay);
        if (_count >= Least)
        {
            Fit();
        }
    }

    private void Fit()
    {
        var (meanTime, meanDelay) = (0.0, 0.0);
        for (var i = 0; i < _count; i++)
        {
            meanTime += _points[i].Time / _count;
            meanDelay += _points[i].Delay / _count;
        }

        var (spread, product) = (0.0, 0.0);
        for (var i = 0; i < _count; i++)
        {
            var time = _points[i].Time - meanTime;
            spread += time * time;
            product += time * (_points[i].Delay - meanDelay);
        }

        var slope = product / spread;
        var left = 0.0;
        for (var i = 0; i < _count; i++)
        {
            var off = _points[i].Delay - meanDelay - (slope * (_points[i].Time - meanTime));
            left += off * off;
        }

        var error = Math.Sqrt(left / (_count - 2) / spread);
        if (error < KnownWithin && Math.Abs(slope) < Fastest)
        {
            Rate = Math.Abs(slope) < WorthFollowing ? 0 : slope;
        }
    }
}
