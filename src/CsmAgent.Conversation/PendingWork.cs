using System.Threading.Channels;

namespace CsmAgent.Conversation;

/// <summary>Counts what is under way in one conversation: messages, engine calls, blocks to hear. Only virtual time waits for it.</summary>
internal sealed class PendingWork
{
    private readonly Channel<bool> _capture = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _count;

    /// <summary>Blocks that wait in the device's port; set while a device runs.</summary>
    public Func<int>? WaitingBlocks { get; set; }

    public long Count => Interlocked.Read(ref _count);

    public void Begin(int count = 1) => Interlocked.Add(ref _count, count);

    public void End()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            Volatile.Read(ref _idle).TrySetResult();
        }
    }

    /// <summary>Virtual time: the blocks that wait are work now; wakes their reader.</summary>
    public void CaptureBlocks()
    {
        var blocks = WaitingBlocks?.Invoke() ?? 0;
        if (blocks > 0)
        {
            Begin(blocks);
            _capture.Writer.TryWrite(true);
        }
    }

    /// <summary>Virtual time: the reader of blocks waits to be woken.</summary>
    public Task WaitForBlocksAsync(CancellationToken cancellationToken) => _capture.Reader.ReadAsync(cancellationToken).AsTask();

    public async Task WhenIdleAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        while (Count > 0)
        {
            var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _idle, idle);
            if (Count == 0)
            {
                return;
            }

            try
            {
                await idle.Task.WaitAsync(patience, cancellationToken);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }
}
