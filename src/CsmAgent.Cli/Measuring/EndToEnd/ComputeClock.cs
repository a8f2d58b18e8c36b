using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation;

namespace CsmAgent.Cli.Measuring.EndToEnd;

/// <summary>Virtual time that does not hide the work: the processor time of every block is counted, and what does not fit into the
/// block's own 10 ms delays what comes after it, as one core that does everything one after the other would.</summary>
/// <remarks>Processor time, not wall time: other programs on the machine do not count. All threads are added up, so two cores would
/// be faster than this.</remarks>
internal sealed class ComputeClock(VirtualTime time, int blockSamples)
{
    private readonly TimeSpan _block = TimeSpan.FromSeconds(blockSamples / (double)AudioFormat.SampleRateHz);
    private readonly List<TimeSpan> _delays = [];
    private readonly List<TimeSpan> _costs = [];
    private TimeSpan _counted;

    /// <summary>The processor time each block cost.</summary>
    public IReadOnlyList<TimeSpan> Costs => _costs;

    /// <summary>Give this to <see cref="DevicePace.Virtual"/>.</summary>
    public async ValueTask WaitAsync(AudioClock clock, CancellationToken cancellationToken)
    {
        await time.WaitAsync(clock, cancellationToken).ConfigureAwait(false);
        var total = Environment.CpuUsage.TotalTime;
        var cost = _delays.Count == 0 ? TimeSpan.Zero : total - _counted;
        _counted = total;
        _costs.Add(cost);

        // The first gate only starts the count: loading is not conversation.
        var late = _delays.Count == 0 ? TimeSpan.Zero : _delays[^1] + cost - _block;
        _delays.Add(late > TimeSpan.Zero ? late : TimeSpan.Zero);
    }

    /// <summary>How much later than in virtual time the block with this sample would have been played.</summary>
    public double DelayMs(long sample) =>
        _delays.Count == 0 ? 0 : _delays[(int)Math.Clamp(sample / blockSamples, 0, _delays.Count - 1)].TotalMilliseconds;
}
