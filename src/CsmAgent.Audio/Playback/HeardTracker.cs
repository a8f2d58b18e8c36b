namespace CsmAgent.Audio.Playback;

/// <summary>Turns rendered positions into heard ones: what left the loudspeaker is what was rendered one output latency ago.</summary>
/// <remarks>Fed by the reader of <see cref="Devices.AudioPort"/> with every block; one thread.</remarks>
public sealed class HeardTracker
{
    private readonly PlaybackPosition[] _history;
    private long _count;
    private PlaybackPosition _heard;

    /// <summary>Makes a tracker.</summary>
    /// <param name="historyBlocks">Blocks remembered; must cover the output latency. 256 blocks of 10 ms cover 2.5 s.</param>
    public HeardTracker(int historyBlocks = 256)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(historyBlocks, 2);
        _history = new PlaybackPosition[historyBlocks];
    }

    /// <summary>The newest position that has left the loudspeaker, at the resolution of a block and never ahead of the truth.</summary>
    public PlaybackPosition Heard => _heard;

    /// <summary>Takes the position at the end of the next block.</summary>
    /// <param name="rendered">As <see cref="Devices.AudioBlock.Position"/> gives it.</param>
    /// <param name="outputLatencySamples">Samples between the block and the DAC.</param>
    public void Observe(in PlaybackPosition rendered, int outputLatencySamples)
    {
        _history[_count % _history.Length] = rendered;
        _count++;
        var limit = rendered.RenderedSamples - Math.Max(0, outputLatencySamples);
        var oldest = Math.Max(0, _count - _history.Length);
        for (var i = _count - 1; i >= oldest; i--)
        {
            ref readonly var candidate = ref _history[i % _history.Length];
            if (candidate.RenderedSamples <= limit)
            {
                // A latency that grows must not unhear what was heard.
                _heard = candidate.RenderedSamples >= _heard.RenderedSamples ? candidate : _heard;
                return;
            }
        }
    }

    /// <summary>The last position observed of a generation: where it will have been heard to once the latency has passed.</summary>
    /// <returns>Null when the generation is not in the history.</returns>
    public PlaybackPosition? LastOf(int generation)
    {
        var oldest = Math.Max(0, _count - _history.Length);
        for (var i = _count - 1; i >= oldest; i--)
        {
            if (_history[i % _history.Length].Generation == generation)
            {
                return _history[i % _history.Length];
            }
        }

        return null;
    }
}
