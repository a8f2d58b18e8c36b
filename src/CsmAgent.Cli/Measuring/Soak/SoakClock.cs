using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation;

namespace CsmAgent.Cli.Measuring.Soak;

/// <summary>Virtual time that counts the processor time of every frame and weighs the memory once a minute, when nothing is under way.</summary>
/// <param name="time">The clock.</param>
/// <param name="length">How long it will count: room is made at once, so that counting does not look like a leak.</param>
internal sealed class SoakClock(VirtualTime time, TimeSpan length)
{
    private readonly List<double> _frameMs = new((int)(length.TotalSeconds * AudioFormat.FramesPerSecond) + 1000);
    private readonly MemoryTrend _memory = new();
    private TimeSpan _counted = TimeSpan.MinValue;
    private TimeSpan _frame;
    private long _nextFrame = AudioFormat.FrameSamples;
    private long _nextMinute = 60L * AudioFormat.SampleRateHz;

    /// <summary>Processor time of each frame in milliseconds, all threads together.</summary>
    public IReadOnlyList<double> FrameMs => _frameMs;

    public MemoryTrend Memory => _memory;

    /// <summary>Give this to <see cref="DevicePace.Virtual"/>.</summary>
    public async ValueTask WaitAsync(AudioClock clock, CancellationToken cancellationToken)
    {
        await time.WaitAsync(clock, cancellationToken).ConfigureAwait(false);
        var total = Environment.CpuUsage.TotalTime;
        _frame += _counted == TimeSpan.MinValue ? TimeSpan.Zero : total - _counted;
        if (clock.PlayedSamples >= _nextFrame)
        {
            _frameMs.Add(_frame.TotalMilliseconds);
            (_frame, _nextFrame) = (TimeSpan.Zero, _nextFrame + AudioFormat.FrameSamples);
        }

        if (clock.PlayedSamples >= _nextMinute)
        {
            _memory.Weigh(clock.PlayedSamples);
            _nextMinute += 60L * AudioFormat.SampleRateHz;
            total = Environment.CpuUsage.TotalTime; // weighing is not conversation
        }

        _counted = total;
    }
}
