using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.Echo;

/// <summary>Finds how much later the microphone hears what was played, by phase correlation of the last second, twice a second (eight times until it is found).</summary>
/// <remarks>At 8 kHz, where speech lives, and with the spectra's magnitudes left out (PHAT), so that speech's own colour and
/// pitch do not pull. Two agreeing results in a row count. Nothing is allocated per hop.</remarks>
internal sealed class EchoDelayEstimator
{
    private const int Decimation = 3;
    private const int RateHz = AudioFormat.SampleRateHz / Decimation;
    private const int WindowSamples = RateHz;
    private const int SearchIntervalSamples = RateHz / 8;
    private const int FollowIntervalSamples = RateHz / 2;
    private const double LeastPower = 1e-7; // -70 dBFS
    private const double LeastPeak = 8;

    private readonly int _maxLag;
    private readonly float[] _captured;
    private readonly float[] _played;
    private readonly Fft _fft;
    private readonly float[] _a;
    private readonly float[] _b;
    private readonly float[] _c;
    private readonly float[] _d;
    private readonly float[] _crossReal;
    private readonly float[] _crossImaginary;
    private int _sinceEstimate;
    private int _lastLag = -1;

    /// <param name="maxDelaySamples">At 24 kHz.</param>
    public EchoDelayEstimator(int maxDelaySamples)
    {
        _maxLag = maxDelaySamples / Decimation;
        _captured = new float[WindowSamples + _maxLag];
        _played = new float[WindowSamples + _maxLag];
        _fft = new Fft((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)((2 * WindowSamples) + _maxLag)));
        (_a, _b, _c, _d) = (new float[_fft.Size], new float[_fft.Size], new float[_fft.Size], new float[_fft.Size]);
        (_crossReal, _crossImaginary) = (new float[_fft.Size], new float[_fft.Size]);
    }

    /// <summary>Delay in samples at 24 kHz; -1 until found.</summary>
    public int DelaySamples { get; private set; } = -1;

    /// <summary>The same, between samples.</summary>
    public double ExactDelay { get; private set; } = -1;

    /// <summary>Takes the next hop of both sides; a length divisible by 3.</summary>
    /// <returns>True when a delay was confirmed now.</returns>
    public bool Add(ReadOnlySpan<float> captured, ReadOnlySpan<float> played)
    {
        Append(_captured, captured);
        Append(_played, played);
        _sinceEstimate += captured.Length / Decimation;
        if (_sinceEstimate < (DelaySamples < 0 ? SearchIntervalSamples : FollowIntervalSamples))
        {
            return false;
        }

        _sinceEstimate = 0;
        return Estimate();
    }

    private static void Append(float[] history, ReadOnlySpan<float> samples)
    {
        var count = samples.Length / Decimation;
        Array.Copy(history, count, history, 0, history.Length - count);
        for (var i = 0; i < count; i++)
        {
            history[history.Length - count + i] = (samples[3 * i] + samples[(3 * i) + 1] + samples[(3 * i) + 2]) / 3;
        }
    }

    private bool Estimate()
    {
        // The newest second heard, against everything played that could be in it.
        var heard = _captured.AsSpan(_maxLag);
        if (SignalMath.Energy(heard) < LeastPower * WindowSamples || SignalMath.Energy(_played) < LeastPower * WindowSamples)
        {
            return false;
        }

        Array.Clear(_a);
        Array.Clear(_b);
        Array.Clear(_c);
        Array.Clear(_d);
        _played.CopyTo(_a, 0);
        heard.CopyTo(_c);
        _fft.Forward(_a, _b);
        _fft.Forward(_c, _d);
        var (low, high) = (200 * _fft.Size / RateHz, 3_400 * _fft.Size / RateHz);
        for (var i = 0; i < _fft.Size; i++)
        {
            // conj(heard) x played: a peak at k means played[k + i] is heard[i].
            var frequency = Math.Min(i, _fft.Size - i);
            var (real, imaginary) = ((_c[i] * _a[i]) + (_d[i] * _b[i]), (_c[i] * _b[i]) - (_d[i] * _a[i]));
            var magnitude = MathF.Sqrt((real * real) + (imaginary * imaginary)) + 1e-12f;
            var weight = frequency >= low && frequency <= high ? 1 / magnitude : 0;
            _crossReal[i] = (0.6f * _crossReal[i]) + (real * weight);
            _crossImaginary[i] = (0.6f * _crossImaginary[i]) + (imaginary * weight);
        }

        _crossReal.CopyTo(_a, 0);
        _crossImaginary.CopyTo(_b, 0);
        _fft.Inverse(_a, _b);
        var (best, sum) = (0, 0.0);
        for (var k = 0; k <= _maxLag; k++)
        {
            sum += (double)_a[k] * _a[k];
            best = Math.Abs(_a[k]) > Math.Abs(_a[best]) ? k : best;
        }

        var peak = Math.Abs(_a[best]) / Math.Sqrt((sum / (_maxLag + 1)) + 1e-20);
        var lag = peak >= LeastPeak ? _maxLag - best : -1;
        var confirmed = lag >= 0 && _lastLag >= 0 && Math.Abs(lag - _lastLag) <= 2;
        _lastLag = lag;
        if (confirmed)
        {
            DelaySamples = lag * Decimation;
            ExactDelay = (_maxLag - best - Vertex(best)) * Decimation;
        }

        return confirmed;
    }

    /// <summary>The top of a parabola through the peak and its neighbours, −0.5 to 0.5 from it.</summary>
    private float Vertex(int best)
    {
        if (best == 0 || best == _maxLag)
        {
            return 0;
        }

        var (left, middle, right) = (Math.Abs(_a[best - 1]), Math.Abs(_a[best]), Math.Abs(_a[best + 1]));
        var bend = left - (2 * middle) + right;
        return bend >= 0 ? 0 : Math.Clamp(0.5f * (left - right) / bend, -0.5f, 0.5f);
    }
}
