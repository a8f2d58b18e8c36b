using CsmAgent.Audio.Buffers;
using CsmAgent.Audio.Resampling;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>From the microphone's callback to the loudspeaker's: mixed to mono, brought to 24 kHz, kept just long enough
/// that the two threads need not be in step. No allocation, no lock.</summary>
/// <remarks>Reading begins once <see cref="TargetSamples"/> wait. Running dry gives silence and, because what was missing
/// still comes, a longer wait from then on; waiting much too long for two seconds (after a stall, or because the two
/// clocks differ) skips the surplus. Both are counted.</remarks>
internal sealed class CaptureLane
{
    /// <summary>Waiting samples aimed at: 10 ms beyond the largest block.</summary>
    public const int MarginSamples = 240;

    private const int MaxChunk = 1_024;
    private const int SurplusSamples = 720;
    private const int SurplusWindowSamples = 2 * AudioFormat.SampleRateHz;

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
    private long _missing;
    private long _surplus;

    public CaptureLane(int deviceRateHz, int channelCount)
    {
        ChannelCount = channelCount;
        _resampler = new Resampler(deviceRateHz, AudioFormat.SampleRateHz);
        _resampled = new float[(int)Math.Ceiling((double)MaxChunk * AudioFormat.SampleRateHz / deviceRateHz) + 1];
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

    /// <summary>Microphone's thread.</summary>
    /// <param name="interleaved">frames x channels.</param>
    /// <param name="frames">Samples per channel.</param>
    public void Write(ReadOnlySpan<float> interleaved, int frames)
    {
        var total = 0;
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
        DropSurplus(waiting, samples.Length);
        var got = _ring.Read(samples);
        if (got < samples.Length)
        {
            samples[got..].Clear();
            Volatile.Write(ref _missing, _missing + samples.Length - got);
        }
    }

    private void DropSurplus(int waiting, int wanted)
    {
        _leastWaiting = Math.Min(_leastWaiting, waiting - wanted);
        _sinceLeast += wanted;
        if (_sinceLeast < SurplusWindowSamples)
        {
            return;
        }

        // Even at its emptiest it held far more than the threads' jitter needs.
        if (_leastWaiting > SurplusSamples)
        {
            for (var drop = _leastWaiting - MarginSamples; drop > 0;)
            {
                var dropped = _ring.Read(_skipped.AsSpan(0, Math.Min(drop, _skipped.Length)));
                drop -= dropped;
                Volatile.Write(ref _surplus, _surplus + dropped);
            }
        }

        (_leastWaiting, _sinceLeast) = (int.MaxValue, 0);
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
