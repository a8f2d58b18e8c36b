using CsmAgent.Audio.Devices;

namespace CsmAgent.Conversation;

/// <summary>Lets a conversation run as fast as the machine computes: the device's next block waits until everything the last one
/// caused is done, as if the engines took no time.</summary>
/// <remarks>Give <see cref="WaitAsync"/> to <see cref="DevicePace.Virtual"/> and the object to <see cref="ConversationSetup.VirtualTime"/>.</remarks>
public sealed class VirtualTime
{
    private readonly TimeSpan _patience;
    private volatile PendingWork? _work;

    /// <summary>Makes a clock that is held by one conversation.</summary>
    /// <param name="patience">Real time after which an engine that does not answer no longer holds the clock; 30 s when null.</param>
    public VirtualTime(TimeSpan? patience = null) => _patience = patience ?? TimeSpan.FromSeconds(30);

    /// <summary>Returns when the conversation has nothing left to do before the next block.</summary>
    public async ValueTask WaitAsync(AudioClock clock, CancellationToken cancellationToken)
    {
        if (_work is { } work)
        {
            work.CaptureBlocks();
            await work.WhenIdleAsync(_patience, cancellationToken);
        }
    }

    internal void Attach(PendingWork work) => _work = work;
}
