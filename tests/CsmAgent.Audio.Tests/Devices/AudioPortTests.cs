using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;
using FsCheck.Xunit;

namespace CsmAgent.Audio.Tests.Devices;

public sealed class AudioPortTests
{
    [Property(MaxTest = 100)]
    public void Blocks_hold_captured_and_played_side_by_side_whatever_the_device_asks_for(int seed)
    {
        var random = new Random(seed);
        var port = new AudioPort(new PlaybackQueue());
        port.Playback.TryEnqueue(Tone(), 0, 0);
        port.Playback.TryEnqueue(Tone(), 0, 1);
        var block = new AudioBlock();
        var (captured, played, expectedCaptured, expectedPlayed) = (new List<float>(), new List<float>(), new List<float>(), new List<float>());
        var position = 0L;
        while (position < 10_000)
        {
            var size = random.Next(1, 1_000);
            var (microphone, speaker) = (new float[size], new float[size]);
            for (var i = 0; i < size; i++)
            {
                microphone[i] = position + i;
            }

            port.Process(microphone, speaker, new AudioClock(position, position, 5, 7));
            position += size;
            expectedCaptured.AddRange(microphone);
            expectedPlayed.AddRange(speaker);
            while (port.TryRead(block))
            {
                Assert.Equal(new AudioClock(captured.Count, captured.Count, 5, 7), block.Clock);
                captured.AddRange(block.Captured);
                played.AddRange(block.Played);
                Assert.Equal(captured.Count, block.Position.RenderedSamples);
                Assert.Equal(Math.Min(captured.Count, 2 * AudioFormat.FrameSamples), block.Position.TurnSamples);
            }
        }

        Assert.Equal(expectedCaptured.Take(captured.Count), captured);
        Assert.Equal(expectedPlayed.Take(played.Count), played);
        Assert.True(expectedCaptured.Count - captured.Count < port.BlockSamples);
        Assert.Equal(0, port.DroppedBlocks);
    }

    [Fact]
    public void A_late_reader_loses_the_oldest_blocks_and_they_are_counted()
    {
        var port = new AudioPort(new PlaybackQueue(), blockSamples: 10, capacityBlocks: 32);
        for (var i = 0; i < 100; i++)
        {
            port.Process(new float[10], new float[10], new AudioClock(i * 10, i * 10, 0, 0));
        }

        var (block, read) = (new AudioBlock(10), 0);
        var first = -1L;
        while (port.TryRead(block))
        {
            first = first < 0 ? block.Clock.CapturedSamples / 10 : first;
            read++;
        }

        Assert.Equal(100, read + port.DroppedBlocks);
        Assert.Equal(port.DroppedBlocks, first);
        Assert.InRange(read, 20, 31);
        Assert.Equal(990, block.Clock.CapturedSamples);
    }

    [Fact]
    public async Task A_reader_beside_a_fast_device_never_sees_a_torn_block()
    {
        var port = new AudioPort(new PlaybackQueue(), blockSamples: 16, capacityBlocks: 32);
        const int Blocks = 200_000;
        var device = Task.Factory.StartNew(
            () =>
            {
                var (microphone, speaker) = (new float[16], new float[16]);
                for (var i = 0; i < Blocks; i++)
                {
                    Array.Fill(microphone, i);
                    port.Process(microphone, speaker, new AudioClock(i, i, 0, 0));
                }
            },
            TaskCreationOptions.LongRunning);

        var (block, read, torn, last) = (new AudioBlock(16), 0L, 0, -1L);
        while (!device.IsCompleted || port.AvailableBlocks > 0)
        {
            if (port.TryRead(block))
            {
                read++;
                torn += block.Clock.CapturedSamples > last && block.Captured.All(sample => sample == block.Clock.CapturedSamples) ? 0 : 1;
                last = block.Clock.CapturedSamples;
            }
        }

        await device;
        Assert.Equal(0, torn);
        Assert.Equal(Blocks, read + port.DroppedBlocks);
    }

    [Fact]
    public void Captured_samples_that_are_not_finite_are_read_as_silence_and_counted()
    {
        var port = new AudioPort(new PlaybackQueue(), blockSamples: 4);
        port.Process([float.NaN, 0.5f, float.PositiveInfinity, 0.25f], new float[4], default);

        var block = new AudioBlock(4);
        Assert.True(port.TryRead(block));
        Assert.Equal([0, 0.5f, 0, 0.25f], block.Captured);
        Assert.Equal(2, port.NonFiniteSamples);
    }

    [Fact]
    public void The_callback_allocates_nothing()
    {
        var port = new AudioPort(new PlaybackQueue());
        var (microphone, speaker, tone) = (new float[441], new float[441], Tone());
        Exercise();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Exercise();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Exercise()
        {
            for (var i = 0; i < 500; i++)
            {
                port.Playback.TryEnqueue(tone, 0, i);
                port.Process(microphone, speaker, new AudioClock(i, i, 0, 0));
            }
        }
    }

    [Fact]
    public async Task Waiting_ends_when_a_block_is_complete()
    {
        var port = new AudioPort(new PlaybackQueue());
        var waiting = port.WaitToReadAsync(CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);

        port.Process(new float[240], new float[240], default);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1, port.AvailableBlocks);
    }

    private static float[] Tone()
    {
        var samples = new float[AudioFormat.FrameSamples];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = MathF.Sin(i * 0.1f);
        }

        return samples;
    }
}
