using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Tensors.Tests.Kernels;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Everything_written_before_a_barrier_is_seen_after_it(int members)
    {
        using var team = new ThreadTeam(members);
        var work = new Relay(team, 200);

        for (var i = 0; i < 20; i++)
        {
            team.Run(work);
        }

        Assert.Equal(0, work.Stale);
    }

    [Fact]
    public void A_region_allocates_nothing()
    {
        using var team = new ThreadTeam(2);
        var work = new Relay(team, 5);
        team.Run(work);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            team.Run(work);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_member_that_fails_frees_the_others_and_its_exception_reaches_the_caller(int culprit)
    {
        using var team = new ThreadTeam(3);

        var e = Assert.Throws<InvalidDataException>(() => team.Run(new Failing(team, culprit)));

        Assert.Contains("on purpose", e.Message, StringComparison.Ordinal);
        var after = new Relay(team, 10);
        team.Run(after);
        Assert.Equal(0, after.Stale);
    }

    [Fact]
    public void A_team_that_slept_wakes_for_the_next_region()
    {
        using var team = new ThreadTeam(3);
        var work = new Relay(team, 3);
        for (var i = 0; i < 10; i++)
        {
            // Longer than any member spins.
            using var pause = new ManualResetEventSlim();
            pause.Wait(2);
            team.Run(work);
        }

        Assert.Equal(0, work.Stale);
    }

    [Fact]
    public void A_team_whose_members_keep_each_other_waiting_leaves_the_work_to_the_caller_for_longer_and_longer()
    {
        using var team = new ThreadTeam(2);
        var late = new Late(team);
        foreach (var alone in new[] { 4, 8, 16 })
        {
            team.Run(late);
            Assert.Equal(2, late.Members);
            for (var i = 0; i < alone; i++)
            {
                team.Run(late);
                Assert.Equal(1, late.Members);
            }
        }

        team.Run(late);
        Assert.Equal(2, late.Members);
    }

    [Fact]
    public void Members_that_wait_for_the_caller_are_no_reason_to_leave_them_out()
    {
        using var team = new ThreadTeam(2);
        var late = new Late(team, whoIsLate: 0);
        for (var i = 0; i < 3; i++)
        {
            team.Run(late);
            Assert.Equal(2, late.Members);
        }
    }

    [Fact]
    public void Shares_cover_all_items_once()
    {
        using var team = new ThreadTeam(3);
        foreach (var items in new[] { 0, 1, 2, 3, 7, 100 })
        {
            var next = 0;
            for (var worker = 0; worker < 3; worker++)
            {
                var (from, to) = team.Share(items, worker);
                Assert.Equal(next, from);
                next = to;
            }

            Assert.Equal(items, next);
        }
    }

    /// <summary>Each member writes its slot, all meet, each checks all slots.</summary>
    private sealed class Relay(ThreadTeam team, int laps) : ITeamWork
    {
        private readonly int[] _slots = new int[64 * 16];
        private int _lap;

        public int Stale { get; private set; }

        public void Execute(int worker)
        {
            var start = _lap;
            for (var lap = start + 1; lap <= start + laps; lap++)
            {
                _slots[worker * 16] = lap;
                team.Barrier(worker);
                for (var other = 0; other < team.Active; other++)
                {
                    if (_slots[other * 16] != lap)
                    {
                        Stale++;
                    }
                }

                team.Barrier(worker);
            }

            team.Barrier(worker);
            if (worker == 0)
            {
                _lap = start + laps;
            }
        }
    }

    /// <summary>One member comes to every meeting later than anybody spins.</summary>
    private sealed class Late(ThreadTeam team, int whoIsLate = 1) : ITeamWork
    {
        public int Members { get; private set; }

        public void Execute(int worker)
        {
            if (worker == 0)
            {
                Members = team.Active;
            }

            using var pause = new ManualResetEventSlim();
            for (var i = 0; i < 12; i++)
            {
                if (worker == whoIsLate)
                {
                    pause.Wait(whoIsLate == 0 ? 10 : 2);
                }

                team.Barrier(worker);
            }
        }
    }

    private sealed class Failing(ThreadTeam team, int culprit) : ITeamWork
    {
        public void Execute(int worker)
        {
            team.Barrier(worker);
            if (worker == culprit)
            {
                throw new InvalidDataException("on purpose");
            }

            team.Barrier(worker);
            team.Barrier(worker);
        }
    }
}
