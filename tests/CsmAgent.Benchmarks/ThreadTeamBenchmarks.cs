using BenchmarkDotNet.Attributes;
using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Benchmarks;

/// <summary>What it costs the thread team to begin a region, and to meet inside one.</summary>
[MemoryDiagnoser]
public class ThreadTeamBenchmarks
{
    private const int Meetings = 600;
    private ThreadTeam _team = null!;
    private Meet _empty = null!;
    private Meet _frame = null!;

    [GlobalSetup]
    public void Setup()
    {
        _team = new ThreadTeam(2);
        _empty = new Meet(_team, 0);
        _frame = new Meet(_team, Meetings);
    }

    [GlobalCleanup]
    public void Cleanup() => _team.Dispose();

    [Benchmark]
    public void Region() => _team.Run(_empty);

    [Benchmark(OperationsPerInvoke = Meetings)]
    public void Barrier() => _team.Run(_frame);

    private sealed class Meet(ThreadTeam team, int times) : ITeamWork
    {
        public void Execute(int worker)
        {
            for (var i = 0; i < times; i++)
            {
                team.Barrier(worker);
            }
        }
    }
}
