using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.Echo;

/// <summary>Takes away, band by band, what the linear filter leaves of the echo. Where the agent is silent it passes every sample unchanged, 10 ms later.</summary>
/// <remarks>
/// The residual expected in a band is a share of the echo estimate there, with a decaying tail for the part of the room the
/// filter does not model. The share is learnt while only the agent speaks: at once downwards, slowly upwards, and not at all
/// while the near end is heard.
/// </remarks>
internal sealed class ResidualSuppressor
{
    public const int LatencySamples = Hop;

    private const int Hop = 240;
    private const int Window = 2 * Hop;
    private const int FftSize = 512;
    private const int Bins = (FftSize / 2) + 1;

    // The tail of a large living room (RT60 1 s) falls by 0.6 dB in 10 ms.
    private const float TailPerHop = 0.88f;
    private const float Oversubtraction = 10;
    private const float RisePerHop = 1.012f; // 5 dB a second
    private const float NearFactor = 16;
    private const int NearHangoverHops = 6;
    private const int PathChangedHops = 250;

    // No filter holds better than this for long: in a loop without noise it does until the next word, and what it misses then is
    // no person.
    private const float LeastShare = 5e-4f;
    private const float NoiseRisePerHop = 1.005f;
    private const float AbsoluteFloor = 1e-9f;

    private static readonly int[] BandEdges = MakeBands();
    private static readonly float[] Taper = MakeTaper();

    private readonly Fft _fft = new(FftSize);
    private readonly float _leastGain;
    private readonly float[] _left = new float[Window];
    private readonly float[] _estimate = new float[Window];
    private readonly float[] _overlap = new float[Hop];
    private readonly float[] _real = new float[FftSize];
    private readonly float[] _imaginary = new float[FftSize];
    private readonly float[] _estimateReal = new float[FftSize];
    private readonly float[] _estimateImaginary = new float[FftSize];
    private readonly int _bands = BandEdges.Length - 1;
    private readonly float[] _share;
    private readonly float[] _expected;
    private readonly float[] _leftPower;
    private readonly float[] _estimatePower;
    private readonly float[] _gain;
    private readonly float[] _smooth;
    private readonly float[] _noise;
    private int _nearHangover;
    private int _nearHops;

    public ResidualSuppressor(double maxSuppressionDb)
    {
        _leastGain = (float)Math.Pow(10, -maxSuppressionDb / 20);
        (_share, _expected, _gain) = (new float[_bands], new float[_bands], new float[_bands]);
        (_leftPower, _estimatePower) = (new float[_bands], new float[_bands]);
        (_smooth, _noise) = (new float[_bands], new float[_bands]);
        Array.Fill(_noise, float.MaxValue);
        Array.Fill(_share, 1);
        Array.Fill(_gain, 1);
    }

    /// <summary>Whether the last hop had more in it than residual echo.</summary>
    public bool IsNearActive => _nearHangover > 0;

    /// <param name="residual">What the linear filter left; replaced by the output, one hop late.</param>
    /// <param name="echoEstimate">What it took away.</param>
    /// <param name="farActive">Whether echo can be there at all.</param>
    /// <param name="converged">False while the filter has not learnt the room: then whatever is heard counts as echo.</param>
    public void Process(Span<float> residual, ReadOnlySpan<float> echoEstimate, bool farActive, bool converged)
    {
        Shift(_left, residual);
        Shift(_estimate, echoEstimate);
        Transform(_left, _real, _imaginary);
        Transform(_estimate, _estimateReal, _estimateImaginary);
        for (var band = 0; band < _bands; band++)
        {
            _leftPower[band] = BandPower(_real, _imaginary, band);
            _estimatePower[band] = BandPower(_estimateReal, _estimateImaginary, band);
            TrackNoise(band);
            _expected[band] = Math.Max(_expected[band] * TailPerHop, _share[band] * _estimatePower[band]);
        }

        DetectNear(farActive && converged);
        for (var band = 0; band < _bands; band++)
        {
            Learn(band, farActive);
            var echo = !farActive ? 0 : converged ? Oversubtraction * _expected[band] : _leftPower[band];
            var wanted = 1 - (echo / (_leftPower[band] + AbsoluteFloor));

            // Never below the room's own noise: a floor that breathes with the agent's words sounds like words.
            var least = Math.Max(_leastGain, MathF.Sqrt(Math.Min(1, _noise[band] / (_leftPower[band] + AbsoluteFloor))));
            wanted = wanted > 0.98f ? 1 : Math.Max(least, wanted);

            // Opens at once, so that no onset is lost, and closes within two hops.
            _gain[band] = wanted > _gain[band] ? wanted : (0.5f * _gain[band]) + (0.5f * wanted);
            if (_gain[band] > 0.999f)
            {
                _gain[band] = 1;
            }

            for (var bin = BandEdges[band]; bin < BandEdges[band + 1]; bin++)
            {
                Scale(bin, _gain[band]);
            }
        }

        _fft.Inverse(_real, _imaginary);
        for (var i = 0; i < Hop; i++)
        {
            residual[i] = _overlap[i] + (_real[i] * Taper[i]);
            _overlap[i] = _real[Hop + i] * Taper[Hop + i];
        }
    }

    private void DetectNear(bool canTell)
    {
        var (left, expected) = (0f, 0f);
        for (var band = 0; band < _bands; band++)
        {
            left += _leftPower[band];
            expected += _expected[band];
        }

        var near = canTell && left > (NearFactor * expected) + 1e-7f;
        _nearHangover = near ? NearHangoverHops : Math.Max(0, _nearHangover - 1);

        // Somebody who speaks over the agent for long without a pause is rather a room that has changed.
        _nearHops = _nearHangover > 0 ? _nearHops + 1 : 0;
    }

    private void TrackNoise(int band)
    {
        // The quietest 50 ms or so; rises by 2 dB a second.
        _smooth[band] = _smooth[band] == 0 ? _leftPower[band] : _smooth[band] + (0.2f * (_leftPower[band] - _smooth[band]));
        _noise[band] = Math.Min(_smooth[band] + AbsoluteFloor, _noise[band] * NoiseRisePerHop);
    }

    private void Learn(int band, bool farActive)
    {
        if (!farActive || _estimatePower[band] < 1e-7f)
        {
            return;
        }

        var observed = Math.Min(1, _leftPower[band] / _estimatePower[band]);
        if (observed < _share[band])
        {
            _share[band] = Math.Max(LeastShare, _share[band] + (0.1f * (observed - _share[band])));
        }
        else if (_nearHangover == 0 || _nearHops > PathChangedHops)
        {
            _share[band] = Math.Min(observed, _share[band] * RisePerHop);
        }
    }

    private static void Shift(float[] window, ReadOnlySpan<float> hop)
    {
        Array.Copy(window, Hop, window, 0, Hop);
        hop.CopyTo(window.AsSpan(Hop));
    }

    private void Transform(float[] window, float[] real, float[] imaginary)
    {
        for (var i = 0; i < Window; i++)
        {
            real[i] = window[i] * Taper[i];
        }

        real.AsSpan(Window).Clear();
        Array.Clear(imaginary);
        _fft.Forward(real, imaginary);
    }

    private static float BandPower(float[] real, float[] imaginary, int band)
    {
        var sum = 0f;
        for (var bin = BandEdges[band]; bin < BandEdges[band + 1]; bin++)
        {
            sum += (real[bin] * real[bin]) + (imaginary[bin] * imaginary[bin]);
        }

        return sum / (FftSize * Hop);
    }

    private void Scale(int bin, float gain)
    {
        _real[bin] *= gain;
        _imaginary[bin] *= gain;
        if (bin is > 0 and < FftSize / 2)
        {
            _real[FftSize - bin] *= gain;
            _imaginary[FftSize - bin] *= gain;
        }
    }

    private static int[] MakeBands()
    {
        // About 150 Hz wide at the bottom, a sixth of the frequency above 1 kHz.
        var edges = new List<int> { 0 };
        while (edges[^1] < Bins)
        {
            edges.Add(Math.Min(Bins, edges[^1] + Math.Max(3, edges[^1] / 6)));
        }

        return [.. edges];
    }

    private static float[] MakeTaper()
    {
        var taper = new float[Window];
        for (var i = 0; i < Window; i++)
        {
            taper[i] = (float)Math.Sin(Math.PI * (i + 0.5) / Window);
        }

        return taper;
    }
}
