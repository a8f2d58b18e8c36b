using CsmAgent.Audio.Measurement;

namespace CsmAgent.Audio.Echo;

/// <summary>Removes the agent's own voice from the microphone, against exactly what the device played.</summary>
/// <remarks>
/// Four steps per hop of 10 ms: the delay of the direct path is found by correlation and followed, its steady drift where
/// loudspeaker and microphone have clocks of their own included; what was played is aligned with it; speexdsp's adaptive filter subtracts the echo; what is left of it is suppressed while the agent is audible.
/// The output is <see cref="LatencySamples"/> late and lacks what lies below 30 Hz; while the agent is silent nothing else is changed. One instance per device, one thread; nothing is allocated per hop.
/// </remarks>
public sealed class EchoCanceller : IDisposable
{
    /// <summary>Samples of a hop: 10 ms at 24 kHz.</summary>
    public const int HopSamples = 240;

    // The direct path is put this far into the filter, so that an estimate a little too long loses nothing.
    private const int LeadSamples = 192;
    private const int FollowSamples = 96;
    private const double AudiblePower = 1e-7; // -70 dBFS
    private const double ConvergedErleDb = 10;
    private const int WarmUpHops = 50;

    // A room shows its delay within half a second of the agent's speech; three seconds without one are headphones.
    private const int NoEchoHops = 300;
    private const int RehearsedSamples = 3 * AudioFormat.SampleRateHz / 2;

    private readonly SpeexEcho _filter;
    private readonly EchoDelayEstimator _delays;
    private readonly ResidualSuppressor? _suppressor;
    private readonly DelayLine _played;
    private readonly DelayLine _captured = new(RehearsedSamples);
    private readonly ClockDrift _drift = new();
    private readonly QuietMicrophone _quiet = new();
    private readonly EarlyNearEnd _early;
    private readonly int _maxDelay;
    private readonly float[] _aligned = new float[HopSamples];
    private readonly float[] _estimate = new float[HopSamples];
    private readonly DcNotch _notch = new();
    private readonly float[] _highPassed = new float[HopSamples];
    private readonly int _hangoverHops;
    private readonly float[] _rehearsed = new float[HopSamples];
    private long _hops;
    private double _delay;
    private bool _delayKnown;
    private int _audibleHops;
    private int _sinceFar;
    private long _farHops;
    private double _capturedPower;
    private double _leftPower;
    private bool _converged;

    /// <summary>Makes a canceller that knows nothing of the room yet.</summary>
    /// <exception cref="EchoCancellerException">The library speexdsp is missing.</exception>
    public EchoCanceller(EchoCancellerOptions? options = null)
    {
        options ??= new EchoCancellerOptions();
        Check(options.Tail, 50, 500, nameof(options.Tail));
        Check(options.MaxDelay, 20, 1_000, nameof(options.MaxDelay));
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxSuppressionDb);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxSuppressionDb, 60);
        var (tail, maxDelay) = (Samples(options.Tail), Samples(options.MaxDelay));
        _filter = SpeexEcho.Create(HopSamples, tail, AudioFormat.SampleRateHz);
        _delays = new EchoDelayEstimator(maxDelay);
        _suppressor = options.SuppressResidual ? new ResidualSuppressor(options.MaxSuppressionDb) : null;
        _maxDelay = maxDelay;
        _played = new DelayLine(maxDelay + RehearsedSamples + (2 * HopSamples));
        _hangoverHops = (tail + maxDelay) / HopSamples;
        _early = new EarlyNearEnd(tail / HopSamples);
        _sinceFar = _hangoverHops + 1;
    }

    /// <summary>How much later the output is than what was captured, in samples.</summary>
    public int LatencySamples => _suppressor is null ? 0 : ResidualSuppressor.LatencySamples;

    /// <summary>Takes the next hop.</summary>
    /// <param name="captured">240 samples of the microphone.</param>
    /// <param name="played">240 samples handed to the loudspeaker in the same callback.</param>
    /// <param name="output">240 samples without echo, <see cref="LatencySamples"/> late.</param>
    public EchoState Process(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> output)
    {
        if (captured.Length != HopSamples || played.Length != HopSamples || output.Length != HopSamples)
        {
            throw new ArgumentException($"A hop has {HopSamples} samples, found {captured.Length} captured, {played.Length} played and room for {output.Length}.");
        }

        _played.Remember(played);
        _captured.Remember(captured);
        _hops++;
        var farPower = SignalMath.Energy(played) / HopSamples;
        _sinceFar = farPower > AudiblePower ? 0 : Math.Min(_sinceFar + 1, _hangoverHops + 1);
        var far = _sinceFar <= _hangoverHops;
        _audibleHops += _sinceFar == 0 && _audibleHops < NoEchoHops ? 1 : 0;
        _quiet.Hear(SignalMath.Energy(captured) / HopSamples, farPower, far);
        _delay = Math.Clamp(_delay + (_drift.Rate * HopSamples), 0, _maxDelay);
        if (far && _delays.Add(captured, played))
        {
            _drift.Add(_hops * (double)HopSamples, _delays.ExactDelay);
            Follow(_delays.DelaySamples);
        }

        Align(hopsAgo: 0);
        _filter.Process(captured, _aligned, output);
        _notch.Process(captured, _highPassed);
        for (var i = 0; i < HopSamples; i++)
        {
            _estimate[i] = _highPassed[i] - output[i];
        }

        if (_delayKnown && !_converged)
        {
            _early.Hear(SignalMath.Energy(output) / HopSamples, SignalMath.Energy(_aligned) / HopSamples, _sinceFar == 0);
        }

        Judge(captured, output, far);
        _suppressor?.Process(output, _estimate, far && !HasNoEcho && !_early.IsActive, _converged);
        return new EchoState(far, _early.IsActive || (_suppressor?.IsNearActive ?? false), (int)Math.Round(_delay), _delayKnown, _converged, Erle());
    }

    /// <inheritdoc/>
    public void Dispose() => _filter.Dispose();

    /// <summary>Nothing of what is played was ever found in what is captured, so what is captured is the person.</summary>
    private bool HasNoEcho => !_delayKnown && (_quiet.HearsNothing || _audibleHops >= NoEchoHops);

    private static void Check(TimeSpan value, int leastMs, int mostMs, string name)
    {
        if (value.TotalMilliseconds < leastMs || value.TotalMilliseconds > mostMs)
        {
            throw new ArgumentOutOfRangeException(name, value, $"Must be {leastMs} to {mostMs} ms.");
        }
    }

    private static int Samples(TimeSpan time) =>
        (int)(time.TotalSeconds * AudioFormat.SampleRateHz) / HopSamples * HopSamples;

    // At a steady drift the delay was another one a while ago.
    private void Align(int hopsAgo)
    {
        var delay = Math.Max(0, _delay - (_drift.Rate * hopsAgo * HopSamples));
        _played.Read(
            (hopsAgo * HopSamples) + (_drift.Rate == 0 ? Math.Round(delay) : Math.Max(delay, DelayLine.LeastFractionalDelay)), _aligned);
    }

    private void Follow(int found)
    {
        var wanted = Math.Clamp(found - LeadSamples, 0, _maxDelay);
        if (_delayKnown && Math.Abs(wanted - _delay) < FollowSamples)
        {
            return;
        }

        var moved = wanted != (int)_delay;
        (_delay, _delayKnown) = (wanted, true);
        if (moved)
        {
            Relearn();
        }
    }

    /// <summary>What the filter learnt is of no use at another delay: it starts again with the last second and a half.</summary>
    private void Relearn()
    {
        _filter.Reset();
        _early.Reset();
        (_converged, _farHops, _capturedPower, _leftPower) = (false, 0, 0, 0);
        for (var hopsAgo = (RehearsedSamples / HopSamples) - 1; hopsAgo > 0; hopsAgo--)
        {
            Align(hopsAgo);
            _captured.Read(hopsAgo * HopSamples, _rehearsed);
            _filter.Process(_rehearsed, _aligned, _estimate);
        }
    }

    private void Judge(ReadOnlySpan<float> captured, ReadOnlySpan<float> left, bool far)
    {
        var power = SignalMath.Energy(captured) / HopSamples;
        if (!far || _sinceFar > 0 || power < AudiblePower || _early.IsActive || (_suppressor?.IsNearActive ?? false))
        {
            return;
        }

        _farHops++;
        const double Keep = 0.98;
        _capturedPower = (Keep * _capturedPower) + ((1 - Keep) * power);
        _leftPower = (Keep * _leftPower) + ((1 - Keep) * SignalMath.Energy(left) / HopSamples);
        _converged |= _delayKnown && _farHops >= WarmUpHops && Erle() >= ConvergedErleDb;
    }

    private double Erle() => _leftPower <= 0 ? 0 : 10 * Math.Log10(_capturedPower / _leftPower);
}
