using CsmAgent.Audio.Measurement;
using CsmAgent.Audio.Resampling;

namespace CsmAgent.Audio.VoiceActivity;

/// <summary>Streaming, causal voice activity: hop by hop of 10 ms, with hysteresis, speech's edges at their samples, and a noise floor.</summary>
/// <remarks>One instance per stream of sound, one thread. Nothing is allocated per hop.</remarks>
public sealed class VoiceActivityDetector
{
    /// <summary>Samples of a hop: 10 ms at 24 kHz.</summary>
    public const int HopSamples = 240;

    private const int ModelRateHz = 16_000;
    private const int WindowSamples = SileroModel.WindowSamples * AudioFormat.SampleRateHz / ModelRateHz;
    private const float FloorDb = LevelMeter.FloorDb;

    // The floor follows a quieter moment at once and a louder one by 3 dB a second.
    private const float FloorRiseDb = 3f * HopSamples / AudioFormat.SampleRateHz;

    private readonly VoiceActivityOptions _options;

    // Three readings, each a third of a window after the one before: an onset waits at most 11 ms for a window's end, not 32.
    private readonly Reading[] _readings = [new(0), new(SileroModel.WindowSamples / 3), new(2 * SileroModel.WindowSamples / 3)];
    private readonly Resampler _resampler = new(AudioFormat.SampleRateHz, ModelRateHz);
    private readonly float[] _clean = new float[HopSamples];
    private readonly float[] _resampled = new float[HopSamples];
    private long _position;
    private float _probability;
    private bool _speech;
    private int _quietWindows;
    private float _noiseFloor = FloorDb;
    private float _smoothLevel = FloorDb;

    /// <summary>Makes a detector in silence.</summary>
    public VoiceActivityDetector(VoiceActivityOptions? options = null)
    {
        _options = options ?? new VoiceActivityOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.OnsetProbability, 0.05f, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.OnsetProbability, 0.95f, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.EarlyOnsetProbability, _options.OnsetProbability, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.EarlyOnsetProbability, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.NearOnsetProbability, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.NearOnsetProbability, _options.OnsetProbability, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.OffsetProbability, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.OffsetProbability, _options.OnsetProbability, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.OffsetWindows, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.OffsetWindows, 30, nameof(options));
    }

    /// <summary>Samples taken so far.</summary>
    public long Position => _position;

    /// <summary>Takes the next 10 ms.</summary>
    /// <param name="hop">240 samples at 24 kHz; values that are not finite count as silence.</param>
    /// <param name="isNear">Something else says that somebody near makes a sound: <see cref="VoiceActivityOptions.NearOnsetProbability"/> counts.</param>
    public VoiceActivityResult Process(ReadOnlySpan<float> hop, bool isNear = false)
    {
        if (hop.Length != HopSamples)
        {
            throw new ArgumentException($"A hop has {HopSamples} samples, this one has {hop.Length}.", nameof(hop));
        }

        for (var i = 0; i < hop.Length; i++)
        {
            _clean[i] = float.IsFinite(hop[i]) ? Math.Clamp(hop[i], -1f, 1f) : 0;
        }

        _position += HopSamples;
        var level = (float)Math.Max(FloorDb, 10 * Math.Log10((SignalMath.Energy(_clean) / HopSamples) + 1e-12));
        TrackFloor(level);

        // A hop is shorter than what lies between two windows' ends, so at most one window ends in it.
        var (edge, edgeSample) = (VoiceEdge.None, 0L);
        var samples = _resampled.AsSpan(0, _resampler.Process(_clean, _resampled));
        foreach (var reading in _readings)
        {
            if (reading.Add(samples) is { } left)
            {
                _probability = reading.Probability;
                var windowEnd = _position - ((long)left * AudioFormat.SampleRateHz / ModelRateHz) - _resampler.LatencySamples;
                (edge, edgeSample) = _speech ? End(reading, windowEnd) : Begin(reading, windowEnd, isNear);
            }
        }

        return new VoiceActivityResult(_probability, _speech, edge, edgeSample, level, _noiseFloor);
    }

    /// <summary>Forgets the stream; positions start at 0 again.</summary>
    public void Reset()
    {
        foreach (var reading in _readings)
        {
            reading.Reset();
        }

        _resampler.Reset();
        (_position, _probability, _speech, _quietWindows) = (0, 0, false, 0);
        (_noiseFloor, _smoothLevel) = (FloorDb, FloorDb);
    }

    private (VoiceEdge Edge, long Sample) Begin(Reading reading, long windowEnd, bool isNear)
    {
        var needed = isNear ? _options.NearOnsetProbability
            : reading == _readings[0] ? _options.OnsetProbability
            : _options.EarlyOnsetProbability;
        if (_probability < needed)
        {
            return (VoiceEdge.None, 0);
        }

        (_speech, _quietWindows) = (true, 0);
        return (VoiceEdge.Onset, Math.Max(0, windowEnd - WindowSamples));
    }

    // Ends are not urgent: they go by one reading, or three windows would be as long as one.
    private (VoiceEdge Edge, long Sample) End(Reading reading, long windowEnd)
    {
        if (reading != _readings[0])
        {
            return (VoiceEdge.None, 0);
        }

        _quietWindows = _probability < _options.OffsetProbability ? _quietWindows + 1 : 0;
        if (_quietWindows < _options.OffsetWindows)
        {
            return (VoiceEdge.None, 0);
        }

        _speech = false;
        return (VoiceEdge.Offset, Math.Max(0, windowEnd - (_quietWindows * WindowSamples)));
    }

    private void TrackFloor(float level)
    {
        // Over about 100 ms, or the floor would be the quietest hop of all.
        _smoothLevel = _position == HopSamples ? level : _smoothLevel + (0.1f * (level - _smoothLevel));
        _noiseFloor = _position == HopSamples || _smoothLevel < _noiseFloor ? _smoothLevel
            : _speech ? _noiseFloor
            : Math.Min(_smoothLevel, _noiseFloor + FloorRiseDb);
    }

    /// <summary>The model over one grid of windows.</summary>
    private sealed class Reading
    {
        private readonly SileroModel _model = new();
        private readonly float[] _window = new float[SileroModel.WindowSamples];
        private readonly int _ahead;
        private int _filled;

        /// <param name="aheadSamples">Samples by which its first window ends early.</param>
        public Reading(int aheadSamples) => _filled = _ahead = aheadSamples;

        /// <summary>From the last window that ended.</summary>
        public float Probability { get; private set; }

        /// <summary>Takes at most a window's samples at the model's rate; says how many of them lie after a window's end, or null.</summary>
        public int? Add(ReadOnlySpan<float> samples)
        {
            var count = Math.Min(samples.Length, _window.Length - _filled);
            samples[..count].CopyTo(_window.AsSpan(_filled));
            _filled += count;
            if (_filled < _window.Length)
            {
                return null;
            }

            Probability = _model.Step(_window);
            samples[count..].CopyTo(_window);
            _filled = samples.Length - count;
            return _filled;
        }

        public void Reset()
        {
            _model.Reset();
            Array.Clear(_window);
            (_filled, Probability) = (_ahead, 0);
        }
    }
}
