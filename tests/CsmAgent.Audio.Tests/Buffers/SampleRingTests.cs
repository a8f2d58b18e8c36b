using CsmAgent.Audio.Buffers;
using FsCheck.Xunit;

namespace CsmAgent.Audio.Tests.Buffers;

public sealed class SampleRingTests
{
    [Property(MaxTest = 200)]
    public void Any_interleaving_of_writes_and_reads_keeps_order_and_count(int seed)
    {
        var random = new Random(seed);
        var ring = new SampleRing(random.Next(1, 100));
        var (written, read) = (0, 0);
        for (var i = 0; i < 200; i++)
        {
            var offered = new float[random.Next(0, 80)];
            for (var k = 0; k < offered.Length; k++)
            {
                offered[k] = written + k;
            }

            var space = ring.Space;
            var taken = ring.Write(offered);
            Assert.Equal(Math.Min(space, offered.Length), taken);
            written += taken;

            var destination = new float[random.Next(0, 80)];
            var got = ring.Read(destination);
            for (var k = 0; k < got; k++)
            {
                Assert.Equal(read + k, destination[k]);
            }

            read += got;
            Assert.Equal(written - read, ring.Count);
        }
    }

    [Fact]
    public async Task Two_threads_pass_every_sample_in_order()
    {
        const int Total = 300_000;
        var ring = new SampleRing(1_000);
        var writer = Task.Factory.StartNew(
            () =>
            {
                var (next, chunk, spin) = (0, new float[37], new SpinWait());
                while (next < Total)
                {
                    for (var i = 0; i < chunk.Length; i++)
                    {
                        chunk[i] = next + i;
                    }

                    var count = ring.Write(chunk.AsSpan(0, Math.Min(chunk.Length, Total - next)));
                    next += count;
                    if (count == 0)
                    {
                        spin.SpinOnce();
                    }
                }
            },
            TaskCreationOptions.LongRunning);

        var (expected, wrong, buffer, wait) = (0, 0, new float[53], new SpinWait());
        while (expected < Total)
        {
            var count = ring.Read(buffer);
            for (var i = 0; i < count; i++)
            {
                wrong += buffer[i] == expected++ ? 0 : 1;
            }

            if (count == 0)
            {
                wait.SpinOnce();
            }
        }

        await writer;
        Assert.Equal(0, wrong);
        Assert.Equal(0, ring.Count);
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        var ring = new SampleRing(512);
        var samples = new float[300];
        ring.Write(samples);
        ring.Read(samples);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            ring.Write(samples);
            ring.Read(samples);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
