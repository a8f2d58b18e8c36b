using System.Threading.Channels;

namespace CsmAgent.Conversation;

/// <summary>Counts what is under way in one conversation: messages, engine calls, blocks to hear. Only virtual time waits for it.</summary>
internal sealed class PendingWork
{
    private readonly Channel<bool> _capture = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<int>? _waitingBlocks;
    private long _count;
    private int _blocks;

    public long Count => Interlocked.Read(ref _count);

    public void Begin(int count = 1) => Interlocked.Add(ref _count, count);

    public void End()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            Volatile.Read(ref _idle).TrySetResult();
        }
    }

    /// <summary>Virtual time: blocks come from this port from now on; those of an earlier one that nobody took are no work any more.</summary>
    public void ReadFrom(Func<int> waitingBlocks)
    {
        var left = Interlocked.Exchange(ref _blocks, 0);
        for (var i = 0; i < left; i++)
        {
            End();
        }

        _waitingBlocks = waitingBlocks;
    }

    /// <summary>Virtual time: the blocks that wait are work now; wakes their reader. A block counts once, however long it waits.</summary>
    public void CaptureBlocks()
    {
        var waiting = _waitingBlocks?.Invoke() ?? 0;
        var fresh = waiting - Volatile.Read(ref _blocks);
        if (fresh > 0)
        {
            Begin(fresh);
            Interlocked.Add(ref _blocks, fresh);
        }

        if (waiting > 0)
        {
            _capture.Writer.TryWrite(true);
        }
    }

    /// <summary>Virtual time: the reader took a block; it is work until it was heard.</summary>
    public void TakeBlock() => Interlocked.Decrement(ref _blocks);

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
