using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Kernels;

/// <summary>Measures how fast this machine reads memory with nothing else to do: the yardstick beside every kernel's rate.</summary>
public sealed unsafe class MemoryProbe : ITeamWork, IDisposable
{
    private readonly ThreadTeam _team;
    private readonly NativeBuffer _memory;
    private readonly long[] _sums;

    /// <summary>Reserves the memory to read.</summary>
    /// <param name="team">Who reads.</param>
    /// <param name="bytes">How much, at least 1 MB: more than the caches hold for the memory's rate, less for the cache's.</param>
    public MemoryProbe(ThreadTeam team, long bytes)
    {
        ArgumentNullException.ThrowIfNull(team);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1 << 20);
        _team = team;
        _memory = new NativeBuffer(bytes / 1024 / team.Count * 1024 * team.Count);
        _sums = new long[team.Count * 16];
    }

    /// <summary>Reads everything several times.</summary>
    /// <param name="rounds">How often, at least 1.</param>
    /// <returns>10⁹ bytes per second of each round.</returns>
    public double[] Measure(int rounds)
    {
        var rates = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            _team.Run(this);
            rates[round] = _memory.Length / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        }

        return rates;
    }

    /// <inheritdoc/>
    void ITeamWork.Execute(int worker)
    {
        var share = _memory.Length / _team.Count;
        _sums[worker * 16] = Read(_memory.Data + (share * worker), share);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Read(byte* data, long length)
    {
        Vector512<long> a = default, b = default;
        for (long i = 0; i < length; i += 256)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(data + i + 4096);
                Sse.Prefetch0(data + i + 4160);
                Sse.Prefetch0(data + i + 4224);
                Sse.Prefetch0(data + i + 4288);
            }

            a += Vector512.Load((long*)(data + i)) + Vector512.Load((long*)(data + i + 64));
            b += Vector512.Load((long*)(data + i + 128)) + Vector512.Load((long*)(data + i + 192));
        }

        return Vector512.Sum(a + b);
    }
}
