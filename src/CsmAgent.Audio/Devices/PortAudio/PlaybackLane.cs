using CsmAgent.Audio.Buffers;
using CsmAgent.Audio.Resampling;

namespace CsmAgent.Audio.Devices.PortAudio;

/// <summary>The loudspeaker's callback: asks the client for as many samples at 24 kHz as the card's block needs, hands it
/// what was captured meanwhile, and brings its answer to the card's rate and channels. No allocation, no lock.</summary>
/// <remarks>n samples of the card need M = ceil(n * 24000 / rate) of the client in all, and those give
/// ceil(M * rate / 24000) >= n back, so the card never waits and less than one client sample's worth is left over.</remarks>
internal sealed class PlaybackLane
{
    private const int MaxChunk = 1_024;

    private readonly IAudioClient _client;
    private readonly CaptureLane? _capture;
    private readonly Resampler _resampler;
    private readonly long _deviceRateHz;
    private readonly float[] _mono = new float[MaxChunk];
    private readonly float[] _captured;
    private readonly float[] _toPlay;
    private readonly float[] _resampled;
    private readonly SampleRing _left;
    private long _framesOfDevice;
    private long _position;

    /// <param name="client">Called at 24 kHz.</param>
    /// <param name="capture">The microphone; null for none: the client gets silence.</param>
    /// <param name="deviceRateHz">The card's rate.</param>
    /// <param name="channelCount">Interleaved channels played; 0 when there is no loudspeaker and the microphone sets the pace.</param>
    public PlaybackLane(IAudioClient client, CaptureLane? capture, int deviceRateHz, int channelCount)
    {
        (_client, _capture, _deviceRateHz, ChannelCount) = (client, capture, deviceRateHz, channelCount);
        _resampler = new Resampler(AudioFormat.SampleRateHz, deviceRateHz);
        var most = (int)Math.Ceiling((double)MaxChunk * AudioFormat.SampleRateHz / deviceRateHz) + 1;
        (_captured, _toPlay) = (new float[most], new float[most]);
        _resampled = new float[(int)Math.Ceiling((double)most * deviceRateHz / AudioFormat.SampleRateHz) + 1];
        _left = new SampleRing(_resampled.Length + MaxChunk);
    }

    public int ChannelCount { get; }

    /// <summary>Latency of the card's input in samples at 24 kHz.</summary>
    public int InputLatencySamples { get; set; }

    /// <summary>Latency of the card's output in samples at 24 kHz.</summary>
    public int OutputLatencySamples { get; set; }

    /// <param name="toPlay">Interleaved samples to fill: frames x channels.</param>
    /// <param name="frames">Samples per channel.</param>
    public void Process(Span<float> toPlay, int frames)
    {
        for (var done = 0; done < frames;)
        {
            var count = Math.Min(frames - done, MaxChunk);
            _framesOfDevice += count;
            var wanted = (int)(((_framesOfDevice * AudioFormat.SampleRateHz) + _deviceRateHz - 1) / _deviceRateHz - _position);
            if (wanted > 0)
            {
                var play = _toPlay.AsSpan(0, wanted);
                Ask(_captured.AsSpan(0, wanted), play);
                _left.Write(_resampled.AsSpan(0, _resampler.Process(play, _resampled)));
            }

            _left.Read(_mono.AsSpan(0, count));
            Spread(toPlay, done, count);
            done += count;
        }
    }

    private void Ask(Span<float> captured, Span<float> play)
    {
        if (_capture is null)
        {
            captured.Clear();
        }
        else
        {
            _capture.Read(captured);
        }

        _client.Process(captured, play, new AudioClock(
            _position,
            _position,
            InputLatencySamples + captured.Length + (_capture?.LatencySamples ?? 0),
            OutputLatencySamples + _resampler.LatencySamples));
        _position += captured.Length;
    }

    private void Spread(Span<float> toPlay, int from, int count)
    {
        for (var i = 0; i < count; i++)
        {
            for (var channel = 0; channel < ChannelCount; channel++)
            {
                toPlay[((from + i) * ChannelCount) + channel] = _mono[i];
            }
        }
    }
}
