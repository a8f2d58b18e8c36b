using CsmAgent.Audio;

namespace CsmAgent.Conversation.Streams;

/// <summary>Places a device's blocks on the conversation's counter. What a busy machine lost leaves a gap; a counter that goes back, or
/// on by more than any machine is busy, has jumped (a driver that was reset, a machine that slept), and the conversation goes on as if
/// it had not.</summary>
/// <param name="firstSample">Where the device's sample 0 lies.</param>
internal sealed class SampleClock(long firstSample)
{
    private const long LongestGap = 10L * AudioFormat.SampleRateHz;
    private long _next = -1;

    /// <summary>Where the device's sample 0 lies now.</summary>
    public long FirstSample { get; private set; } = firstSample;

    /// <summary>Places the next block.</summary>
    /// <param name="captured">The device's count at the block's start.</param>
    /// <param name="samples">The block's length.</param>
    /// <param name="jumped">Samples by which the device's count had jumped; 0 for not.</param>
    /// <returns>The block's start on the conversation's counter.</returns>
    public long Place(long captured, int samples, out long jumped)
    {
        var start = FirstSample + captured;
        jumped = _next >= 0 && (start < _next || start - _next > LongestGap) ? start - _next : 0;
        FirstSample -= jumped;
        _next = start - jumped + samples;
        return start - jumped;
    }
}
