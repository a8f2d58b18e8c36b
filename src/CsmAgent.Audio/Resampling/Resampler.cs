using System.Numerics;
using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.Resampling;

/// <summary>A streaming polyphase resampler with a Kaiser-windowed sinc, between any two rates at their exact ratio.</summary>
/// <remarks>
/// After n samples in, exactly ceil(n * to / from) have come out, whatever the chunks. The filter is linear in phase; its delay
/// is <see cref="LatencySamples"/>. Pass band to 0.45 of the lower rate, stop band from 0.5 of it, 80 dB down.
/// Nothing is allocated after construction.
/// </remarks>
public sealed class Resampler
{
    // 48 zero crossings on each side put the transition band of an 80 dB Kaiser window between 0.45 and 0.5 of the lower rate.
    private const int ZeroCrossings = 48;
    private const double StopBandDb = 80;
    private const double CutOff = 0.95;
    private const int MaxTableSamples = 1 << 20;
    private const int InterpolatedPhases = 512;
    private const int ChunkSamples = 1_024;
    private const long AdjustableResolution = 16_000_000;

    private readonly bool _passes;
    private readonly long _up;
    private readonly long _nominalDown;
    private long _down;
    private readonly int _taps;
    private readonly int _phases;
    private readonly bool _interpolates;
    private readonly float[] _table;
    private readonly float[] _history;

    // The next output's time in inputs: _next + _phase / _up, counted from the first sample not yet taken in.
    private long _next;
    private long _phase;

    /// <summary>Makes a resampler with empty history.</summary>
    /// <param name="fromHz">Input rate, 1 to 768 000.</param>
    /// <param name="toHz">Output rate, 1 to 768 000.</param>
    /// <param name="adjustable">Whether the ratio can be changed by <see cref="Adjust"/> while it runs, to follow a clock.</param>
    public Resampler(int fromHz, int toHz, bool adjustable = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromHz, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fromHz, 768_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(toHz, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(toHz, 768_000);
        var divisor = (int)BigInteger.GreatestCommonDivisor(fromHz, toHz);
        (FromHz, ToHz) = (fromHz, toHz);
        (_up, _down) = (toHz / divisor, fromHz / divisor);
        _passes = _up == _down && !adjustable;
        if (_passes)
        {
            (_table, _history) = ([], []);
            return;
        }

        // Going down, the sinc is stretched to the lower rate.
        LatencySamples = (int)Math.Ceiling(ZeroCrossings * Math.Max(1, (double)_down / _up));
        _taps = 2 * LatencySamples;
        if (adjustable)
        {
            // The same ratio in larger numbers, so that a step of one is less than a tenth of a part per million.
            var scale = (AdjustableResolution / _down) + 1;
            (_up, _down) = (_up * scale, _down * scale);
        }

        _nominalDown = _down;
        _interpolates = _up * _taps > MaxTableSamples;
        _phases = _interpolates ? InterpolatedPhases : (int)_up;
        _table = BuildTable();
        _history = new float[_taps + ChunkSamples];
    }

    /// <summary>Input rate.</summary>
    public int FromHz { get; }

    /// <summary>Output rate.</summary>
    public int ToHz { get; }

    /// <summary>Delay of the filter in input samples; 0 when the rates are equal.</summary>
    public int LatencySamples { get; }

    /// <summary>Resamples a whole signal, without delay.</summary>
    /// <returns>ceil(n * to / from) samples; the input itself when the rates are equal.</returns>
    public static float[] Resample(float[] samples, int fromHz, int toHz)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var resampler = new Resampler(fromHz, toHz);
        if (fromHz == toHz)
        {
            return samples;
        }

        var output = new float[resampler.OutputCount(samples.Length)];
        resampler._next = resampler.LatencySamples;
        var done = resampler.Process(samples, output);
        resampler.Process(new float[resampler.LatencySamples], output.AsSpan(done));
        return output;
    }

    /// <summary>Samples that <paramref name="inputCount"/> more samples will give.</summary>
    public int OutputCount(int inputCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputCount);
        if (_passes)
        {
            return inputCount;
        }

        // Outputs at k: next + (phase + k * down) / up < inputCount.
        var space = ((inputCount - _next) * _up) - _phase;
        return space <= 0 ? 0 : checked((int)((space + _down - 1) / _down));
    }

    /// <summary>Takes the next samples of the stream.</summary>
    /// <param name="input">Any number of samples.</param>
    /// <param name="output">At least <see cref="OutputCount"/> of them.</param>
    /// <returns>Samples written.</returns>
    /// <exception cref="ArgumentException">The output is too short.</exception>
    public int Process(ReadOnlySpan<float> input, Span<float> output)
    {
        if (output.Length < OutputCount(input.Length))
        {
            throw new ArgumentException($"{input.Length} samples give {OutputCount(input.Length)}, the output has room for {output.Length}.", nameof(output));
        }

        if (_passes)
        {
            input.CopyTo(output);
            return input.Length;
        }

        var done = 0;
        while (input.Length > 0)
        {
            var chunk = input[..Math.Min(input.Length, ChunkSamples)];
            input = input[chunk.Length..];
            chunk.CopyTo(_history.AsSpan(_taps));
            while (_next < chunk.Length)
            {
                output[done++] = OutputAt((int)_next);
                _phase += _down;
                _next += _phase / _up;
                _phase %= _up;
            }

            _next -= chunk.Length;
            _history.AsSpan(chunk.Length, _taps).CopyTo(_history);
        }

        return done;
    }

    /// <summary>Takes the input to run faster (positive) or slower than its nominal rate from now on, and gives fewer or more samples for it.</summary>
    /// <param name="partsPerMillion">-1000 to 1000.</param>
    /// <exception cref="InvalidOperationException">The resampler was not made adjustable.</exception>
    public void Adjust(double partsPerMillion)
    {
        if (_passes || _nominalDown < AdjustableResolution)
        {
            throw new InvalidOperationException("This resampler keeps its exact ratio; make it adjustable.");
        }

        _down = _nominalDown + (long)Math.Round(_nominalDown * Math.Clamp(partsPerMillion, -1_000, 1_000) * 1e-6);
    }

    /// <summary>Forgets the stream.</summary>
    public void Reset()
    {
        Array.Clear(_history);
        (_next, _phase) = (0, 0);
    }

    private float OutputAt(int next)
    {
        // The newest sample used is the one at `next`: the filter is causal, its centre LatencySamples earlier.
        var window = _history.AsSpan(next + 1, _taps);
        if (!_interpolates)
        {
            return SignalMath.Dot(window, _table.AsSpan((int)_phase * _taps, _taps));
        }

        var position = (double)_phase * _phases / _up;
        var lower = (int)position;
        var weight = (float)(position - lower);
        var below = SignalMath.Dot(window, _table.AsSpan(lower * _taps, _taps));
        var above = SignalMath.Dot(window, _table.AsSpan((lower + 1) * _taps, _taps));
        return below + (weight * (above - below));
    }

    private float[] BuildTable()
    {
        var rows = _interpolates ? _phases + 1 : _phases;
        var table = new float[rows * _taps];
        var beta = 0.1102 * (StopBandDb - 8.7);
        var cutOff = CutOff * Math.Min(1, (double)_up / _down);
        var row = new double[_taps];
        for (var phase = 0; phase < rows; phase++)
        {
            var sum = 0.0;
            for (var tap = 0; tap < _taps; tap++)
            {
                // Taps run from the oldest sample to the newest.
                var time = _taps - 1 - tap + ((double)phase / _phases) - LatencySamples;
                row[tap] = Sinc(cutOff * time) * Kaiser(time / LatencySamples, beta);
                sum += row[tap];
            }

            for (var tap = 0; tap < _taps; tap++)
            {
                // Every phase passes a constant unchanged.
                table[(phase * _taps) + tap] = (float)(row[tap] / sum);
            }
        }

        return table;
    }

    private static double Sinc(double x) => Math.Abs(x) < 1e-12 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    private static double Kaiser(double x, double beta) =>
        Math.Abs(x) >= 1 ? 0 : BesselI0(beta * Math.Sqrt(1 - (x * x))) / BesselI0(beta);

    private static double BesselI0(double x)
    {
        var (sum, term) = (1.0, 1.0);
        for (var k = 1; term > 1e-12 * sum; k++)
        {
            term *= x * x / (4.0 * k * k);
            sum += term;
        }

        return sum;
    }
}
