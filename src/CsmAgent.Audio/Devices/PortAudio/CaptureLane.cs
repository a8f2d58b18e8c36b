using CsmAgent.Audio.Buffers;
using CsmAgent.Audio.Resampling;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>From the microphone's callback to the loudspeaker's: mixed to mono, brought to 24 kHz, kept just long enough
/// that the two threads need not be in step. No allocation, no lock.</summary>
/// <remarks>Reading begins once <see cref="TargetSamples"/> wait. Running dry gives silence and, because what was missing
/// still comes, a longer wait from then on; waiting much too long for two seconds (after a stall) skips the surplus. Both
/// are counted. When the two clocks differ, the wait drifts out of its band and the resampling ratio is turned until it stays:
/// a microphone and a loudspeaker on two devices differ by up to some hundred parts per million.</remarks>
internal sealed class CaptureLane
{
    /// <summary>Waiting samples aimed at: 10 ms beyond the largest block.</summary>
    public const int MarginSamples = 240;

    private const int MaxChunk = 1_024;
    private const int SurplusSamples = 720;
    private const int SurplusWindows = 2;
    private const int WindowSamples = AudioFormat.SampleRateHz;

    // Critically damped with a time constant of ten seconds; a part per million moves the wait by 0.024 samples a second.
    private const int BandSamples = 120;
    private const double Proportional = 8;
    private const double Integral = 0.4;
    private const double MostPpm = 500;

    private readonly Resampler _resampler;
    private readonly float[] _mono = new float[MaxChunk];
    private readonly float[] _resampled;
    private readonly SampleRing _ring = new(AudioFormat.SampleRateHz);
    private readonly float[] _skipped = new float[MaxChunk];
    private readonly int _filterLatency;
    private int _largestBlock;
    private long _lost;

    // Reader.
    private bool _reads;
    private int _leastWaiting = int.MaxValue;
    private int _sinceLeast;
    private int _surplusWindows;
    private int _held = -1;
    private double _integral;
    private double _ppm;
    private long _missing;
    private long _surplus;

    public CaptureLane(int deviceRateHz, int channelCount)
    {
        ChannelCount = channelCount;
        _resampler = new Resampler(deviceRateHz, AudioFormat.SampleRateHz, adjustable: true);
        _resampled = new float[(int)Math.Ceiling(1.001 * MaxChunk * AudioFormat.SampleRateHz / deviceRateHz) + 2];
        _filterLatency = (int)((long)_resampler.LatencySamples * AudioFormat.SampleRateHz / deviceRateHz);
    }

    public int ChannelCount { get; }

    /// <summary>Samples that should wait when a read begins.</summary>
    public int TargetSamples => Volatile.Read(ref _largestBlock) + MarginSamples;

    /// <summary>Latency of filter and waiting samples, at 24 kHz.</summary>
    public int LatencySamples => _filterLatency + _ring.Count;

    /// <summary>Samples the reader wanted before they were there.</summary>
    public long MissingSamples => Volatile.Read(ref _missing);

    /// <summary>Samples thrown away because nobody read them in time or too many waited.</summary>
    public long SurplusSamplesDropped => Volatile.Read(ref _surplus) + Volatile.Read(ref _lost);

    /// <summary>How much faster the microphone's clock is found to run than the loudspeaker's.</summary>
    public double DriftPpm => Volatile.Read(ref _ppm);

    /// <summary>Microphone's thread.</summary>
    /// <param name="interleaved">frames x channels.</param>
    /// <param name="frames">Samples per channel.</param>
    public void Write(ReadOnlySpan<float> interleaved, int frames)
    {
        var total = 0;
        _resampler.Adjust(Volatile.Read(ref _ppm));
        for (var done = 0; done < frames;)
        {
            var count = Math.Min(frames - done, MaxChunk);
            MixDown(interleaved[(done * ChannelCount)..], count);
            var samples = _resampler.Process(_mono.AsSpan(0, count), _resampled);
            var written = _ring.Write(_resampled.AsSpan(0, samples));
            Volatile.Write(ref _lost, _lost + samples - written);
            total += samples;
            done += count;
        }

        if (total > _largestBlock)
        {
            Volatile.Write(ref _largestBlock, total);
        }
    }

    /// <summary>Loudspeaker's thread: fills the whole span, with silence where nothing has come.</summary>
    public void Read(Span<float> samples)
    {
        var waiting = _ring.Count;
        if (!_reads && waiting < Math.Max(TargetSamples, samples.Length + MarginSamples))
        {
            samples.Clear();
            return;
        }

        _reads = true;
        Regulate(waiting, samples.Length);
        var got = _ring.Read(samples);
        if (got < samples.Length)
        {
            samples[got..].Clear();
            _held = -1;
            Volatile.Write(ref _missing, _missing + samples.Length - got);
        }
    }

    private void Regulate(int waiting, int wanted)
    {
        _leastWaiting = Math.Min(_leastWaiting, waiting - wanted);
        _sinceLeast += wanted;
        if (_sinceLeast < WindowSamples)
        {
            return;
        }

        // The emptiest moment of a second does not depend on how the two threads' blocks fall.
        if (_held < 0)
        {
            // What the start gave is kept: moving it would only make the echo canceller learn again.
            _held = Math.Clamp(_leastWaiting, MarginSamples / 2, 2 * MarginSamples);
        }

        var error = _leastWaiting - _held;
        _surplusWindows = _leastWaiting > SurplusSamples ? _surplusWindows + 1 : 0;
        if (_surplusWindows >= SurplusWindows)
        {
            Drop(error);
            _surplusWindows = 0;
        }
        else
        {
            var outside = error - Math.Clamp(error, -BandSamples, BandSamples);
            _integral = Math.Clamp(_integral + (Integral * outside), -MostPpm, MostPpm);
            Volatile.Write(ref _ppm, Math.Clamp(_integral + (Proportional * outside), -MostPpm, MostPpm));
        }

        (_leastWaiting, _sinceLeast) = (int.MaxValue, 0);
    }

    private void Drop(int count)
    {
        while (count > 0)
        {
            var dropped = _ring.Read(_skipped.AsSpan(0, Math.Min(count, _skipped.Length)));
            count -= dropped;
            Volatile.Write(ref _surplus, _surplus + dropped);
        }
    }

    private void MixDown(ReadOnlySpan<float> interleaved, int count)
    {
        var scale = 1f / ChannelCount;
        for (var i = 0; i < count; i++)
        {
            var sum = 0f;
            for (var channel = 0; channel < ChannelCount; channel++)
            {
                sum += interleaved[(i * ChannelCount) + channel];
            }

            // A driver's NaN would stay in the filter.
            _mono[i] = float.IsFinite(sum) ? sum * scale : 0;
        }
    }
}
