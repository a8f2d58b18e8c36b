using System.Collections.Concurrent;

namespace CsmAgent.Models.Tests.Hub;

/// <summary>A clock whose timers fire 500 times sooner than asked, and that remembers what was asked.</summary>
internal sealed class HastyTime : TimeProvider
{
    public ConcurrentQueue<TimeSpan> Asked { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Asked.Enqueue(dueTime);
        return System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 500 : dueTime, period);
    }
}
