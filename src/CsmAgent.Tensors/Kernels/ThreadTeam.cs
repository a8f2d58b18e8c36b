using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace CsmAgent.Tensors.Kernels;

/// <summary>A few threads that stay alive and work in step: one region runs on all of them, with barriers inside.</summary>
/// <remarks>
/// A frame of CSM-1B has some 600 places where the threads must meet, so a meeting must cost well under a microsecond:
/// waiting threads spin, but never longer than 100 microseconds, then sleep, so that an idle or descheduled team leaves
/// the processor to the audio thread. When the caller waits for most of a region, others need the cores, and it would be done
/// sooner by itself: it then works alone for a while and tries again, after a short while at first, since most disturbances
/// are short. A region allocates nothing. One thread may call <see cref="Run"/> at a time.
/// </remarks>
public sealed class ThreadTeam : IDisposable
{
    // Integers in two cache lines: what one member writes must not slow another.
    private const int Padding = 32;
    private const int LeastAlone = 4;
    private const int MostAlone = 32;
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;
    private readonly Thread[] _helpers;
    private readonly AutoResetEvent[] _bells;
    private readonly int[] _asleep;
    private Meeting _meeting;
    private ITeamWork? _work;
    private Exception? _failure;
    private volatile bool _stopping;
    private long _waited;
    private int _alone;
    private int _nextAlone = LeastAlone;

    /// <summary>Starts the helpers.</summary>
    /// <param name="count">Members with the caller, 1 to 64; 1 starts no thread.</param>
    public ThreadTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 64);
        (Count, Active) = (count, count);
        _helpers = new Thread[count - 1];
        _bells = [.. Enumerable.Range(0, count).Select(_ => new AutoResetEvent(false))];
        _asleep = new int[count * Padding];
        for (var i = 0; i < _helpers.Length; i++)
        {
            var worker = i + 1;
            _helpers[i] = new Thread(() => Help(worker)) { IsBackground = true, Name = $"kernel team {worker}" };
            _helpers[i].Start();
        }
    }

    /// <summary>Members, the calling thread included.</summary>
    public int Count { get; }

    /// <summary>Members that take part in the running region: all, or the caller alone while others need the cores.</summary>
    public int Active { get; private set; }

    /// <summary>A member's share of a number of equal items.</summary>
    /// <param name="items">Items to share, at least 0.</param>
    /// <param name="worker">The member.</param>
    /// <returns>First item and the one after the last.</returns>
    public (int From, int To) Share(int items, int worker) =>
        ((int)((long)items * worker / Active), (int)((long)items * (worker + 1) / Active));

    /// <summary>Runs the work on all members and returns when all have finished.</summary>
    /// <param name="work">What to run.</param>
    /// <exception cref="Exception">The first exception of any member, after all have stopped.</exception>
    public void Run(ITeamWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (Count == 1)
        {
            work.Execute(0);
            return;
        }

        if (_alone > 0)
        {
            _alone--;
            Active = 1;
            try
            {
                work.Execute(0);
            }
            finally
            {
                Active = Count;
            }

            return;
        }

        _waited = 0;
        var start = Stopwatch.GetTimestamp();
        _work = work;
        _failure = null;
        _meeting.Arrived = 0;
        var done = Volatile.Read(ref _meeting.Done);
        Advance(ref _meeting.Round);
        RunShare(work, 0);
        if (!Finish())
        {
            Await(0, ref _meeting.Done, done);
        }

        _work = null;

        // Alone, the caller would need as often its own busy time as there are members, less where memory is shared: a region
        // that took twice that was not worth the company.
        var elapsed = Stopwatch.GetTimestamp() - start;
        (_alone, _nextAlone) = 2 * Count * (elapsed - _waited) < elapsed ? (_nextAlone, Math.Min(MostAlone, 2 * _nextAlone)) : (0, LeastAlone);
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    /// <summary>Waits until every member is here; what each wrote before is visible to all after.</summary>
    /// <param name="worker">The member that calls.</param>
    /// <exception cref="OperationCanceledException">Another member has failed; let it pass through.</exception>
    public void Barrier(int worker)
    {
        if (Active == 1)
        {
            return;
        }

        var phase = Volatile.Read(ref _meeting.Phase);
        if (Interlocked.Increment(ref _meeting.Arrived) == Count)
        {
            Volatile.Write(ref _meeting.Arrived, 0);
            Advance(ref _meeting.Phase);
        }
        else
        {
            Await(worker, ref _meeting.Phase, phase);
        }

        if (Volatile.Read(ref _failure) is not null)
        {
            throw new OperationCanceledException("Another member of the thread team failed.");
        }
    }

    /// <summary>Ends the helpers; no region may be running.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        Advance(ref _meeting.Round);
        foreach (var helper in _helpers)
        {
            helper.Join();
        }

        foreach (var bell in _bells)
        {
            bell.Dispose();
        }
    }

    private void Help(int worker)
    {
        var round = 0;
        while (true)
        {
            Await(worker, ref _meeting.Round, round);
            round++;
            if (_stopping)
            {
                return;
            }

            RunShare(_work!, worker);
            Finish();
        }
    }

    private void RunShare(ITeamWork work, int worker)
    {
        try
        {
            work.Execute(worker);
        }
        catch (Exception e)
        {
            // The first failure wins; moving the phase on frees whoever waits at a barrier.
            Interlocked.CompareExchange(ref _failure, e, null);
            Advance(ref _meeting.Phase);
        }
    }

    private bool Finish()
    {
        if (Interlocked.Increment(ref _meeting.Finished) != Count)
        {
            return false;
        }

        Volatile.Write(ref _meeting.Finished, 0);
        Advance(ref _meeting.Done);
        return true;
    }

    private void Advance(ref int counter)
    {
        Interlocked.Increment(ref counter);
        for (var member = 0; member < Count; member++)
        {
            ref var asleep = ref _asleep[member * Padding];
            if (Volatile.Read(ref asleep) != 0 && Interlocked.Exchange(ref asleep, 0) != 0)
            {
                _bells[member].Set();
            }
        }
    }

    private void Await(int worker, ref int counter, int old)
    {
        for (var i = 0; i < 64; i++)
        {
            if (Volatile.Read(ref counter) != old)
            {
                return;
            }

            Pause();
        }

        var start = Stopwatch.GetTimestamp();
        if (!Spin(ref counter, old, start + SpinTicks))
        {
            Sleep(worker, ref counter, old);
        }

        if (worker == 0)
        {
            _waited += Stopwatch.GetTimestamp() - start;
        }
    }

    private static bool Spin(ref int counter, int old, long end)
    {
        while (Stopwatch.GetTimestamp() < end)
        {
            for (var i = 0; i < 16; i++)
            {
                if (Volatile.Read(ref counter) != old)
                {
                    return true;
                }

                Pause();
            }
        }

        return false;
    }

    private void Sleep(int worker, ref int counter, int old)
    {
        while (Volatile.Read(ref counter) == old)
        {
            // Marked before the last look at the counter, so that whoever advances it either is seen here or rings.
            Interlocked.Exchange(ref _asleep[worker * Padding], 1);
            if (Volatile.Read(ref counter) == old || Interlocked.Exchange(ref _asleep[worker * Padding], 0) == 0)
            {
                _bells[worker].WaitOne();
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pause()
    {
        if (X86Base.IsSupported)
        {
            X86Base.Pause();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }

    // Each counter on its own pair of cache lines: the threads that wait on one must not slow the writers of another.
    [StructLayout(LayoutKind.Explicit, Size = 640)]
    private struct Meeting
    {
        [FieldOffset(128)]
        public int Round;

        [FieldOffset(256)]
        public int Phase;

        [FieldOffset(384)]
        public int Arrived;

        [FieldOffset(512)]
        public int Done;

        [FieldOffset(576)]
        public int Finished;
    }
}
