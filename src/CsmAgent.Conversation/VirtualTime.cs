using CsmAgent.Audio;
using CsmAgent.Audio.Devices;

namespace CsmAgent.Conversation;

/// <summary>Lets a conversation run as fast as the machine computes: the device's next block waits until everything the last one
/// caused is done, as if the engines took no time.</summary>
/// <remarks>Give <see cref="WaitAsync"/> to <see cref="DevicePace.Virtual"/> and the object to <see cref="ConversationSetup.VirtualTime"/>.</remarks>
public sealed class VirtualTime
{
    private readonly TimeSpan _patience;
    private readonly DeviceClock _clock = new();
    private volatile PendingWork? _work;

    /// <summary>Makes a clock that is held by one conversation.</summary>
    /// <param name="patience">Real time after which an engine that does not answer no longer holds the clock; 30 s when null.</param>
    public VirtualTime(TimeSpan? patience = null) => _patience = patience ?? TimeSpan.FromSeconds(30);

    /// <summary>Today's clock, as the device counts on from the moment this was made: a timer set in the conversation rings in it.
    /// It makes no timers of its own.</summary>
    public TimeProvider Clock => _clock;

    /// <summary>Returns when the conversation has nothing left to do before the next block.</summary>
    public async ValueTask WaitAsync(AudioClock clock, CancellationToken cancellationToken)
    {
        _clock.Follow(clock.CapturedSamples);
        if (_work is { } work)
        {
            work.CaptureBlocks();
            await work.WhenIdleAsync(_patience, cancellationToken);
        }
    }

    internal void Attach(PendingWork work) => _work = work;

    private sealed class DeviceClock : TimeProvider
    {
        private readonly DateTimeOffset _began = System.GetUtcNow();
        private long _samples;
        private long _ofDevice;

        public override long TimestampFrequency => AudioFormat.SampleRateHz;

        public override DateTimeOffset GetUtcNow() => _began + TimeSpan.FromSeconds((double)GetTimestamp() / AudioFormat.SampleRateHz);

        public override long GetTimestamp() => Interlocked.Read(ref _samples);

        // A device that was opened again counts from nothing.
        public void Follow(long captured)
        {
            Interlocked.Add(ref _samples, Math.Max(0, captured - _ofDevice));
            _ofDevice = captured;
        }
    }
}
