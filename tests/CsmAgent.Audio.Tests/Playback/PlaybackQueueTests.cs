using CsmAgent.Audio.Playback;
using FsCheck.Xunit;

namespace CsmAgent.Audio.Tests.Playback;

public sealed class PlaybackQueueTests
{
    private const int Frame = AudioFormat.FrameSamples;

    [Fact]
    public void Two_frames_wait_and_a_third_is_refused_until_one_begins()
    {
        var queue = new PlaybackQueue();

        Assert.Equal(EnqueueResult.Queued, queue.TryEnqueue(Ramp(0), 0, 0));
        Assert.Equal(EnqueueResult.Queued, queue.TryEnqueue(Ramp(1), 0, 1));
        Assert.Equal(EnqueueResult.Full, queue.TryEnqueue(Ramp(2), 0, 2));
        Assert.Equal(2, queue.QueuedFrames);

        queue.Render(new float[240]);

        Assert.Equal(EnqueueResult.Queued, queue.TryEnqueue(Ramp(2), 0, 2));
        Assert.Equal(EnqueueResult.Full, queue.TryEnqueue(Ramp(3), 0, 3));
        Assert.Equal(3, queue.QueuedFrames);
    }

    [Property(MaxTest = 100)]
    public void Frames_that_come_in_time_are_played_bit_for_bit_whatever_the_block_size(int seed)
    {
        var random = new Random(seed);
        var queue = new PlaybackQueue(random.Next(1, 4));
        var (sent, played) = (0, new List<float>());
        while (played.Count < 6 * Frame)
        {
            while (sent < 8 && queue.TryEnqueue(Ramp(sent), 0, sent) == EnqueueResult.Queued)
            {
                sent++;
            }

            played.AddRange(Render(queue, random.Next(1, 700)));
            Assert.Equal(played.Count, queue.Position.RenderedSamples);
            Assert.Equal(played.Count, queue.Position.TurnSamples);
        }

        for (var i = 0; i < 6 * Frame; i++)
        {
            Assert.Equal(Sample(i), played[i]);
        }

        Assert.Equal(0, queue.Position.Underruns);
    }

    [Fact]
    public void An_empty_queue_plays_silence_and_does_not_move_the_position()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Ramp(0), 0, 0);

        var played = Render(queue, 3 * Frame);

        Assert.All(played[Frame..], sample => Assert.Equal(0, sample));
        Assert.Equal((1, 0), (queue.Position.Frames, queue.Position.SampleInFrame));
        Assert.Equal(3 * Frame, queue.Position.RenderedSamples);
        Assert.Equal(0, queue.Position.Underruns);
    }

    [Fact]
    public void An_underrun_is_counted_once_the_turn_goes_on_and_loses_no_sample()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        var before = Render(queue, Frame + 480);
        queue.TryEnqueue(Constant(), 0, 1);
        var after = Render(queue, PlaybackQueue.EdgeFadeSamples + 100);

        Assert.Equal((1, 480L), (queue.Position.Underruns, queue.Position.UnderrunSamples));
        AssertFadeOutThenIn(before.AsSpan(Frame - PlaybackQueue.EdgeFadeSamples), after);
        Assert.Equal((1, 100), (queue.Position.Frames, queue.Position.SampleInFrame));
    }

    [Fact]
    public void A_new_turn_after_silence_is_no_underrun()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        Render(queue, 2 * Frame);
        queue.Cut(1);
        queue.TryEnqueue(Constant(), 1, 0);

        var played = Render(queue, 240);

        Assert.Equal(0, queue.Position.Underruns);
        Assert.All(played, sample => Assert.Equal(0.5f, sample));
    }

    [Fact]
    public void Ducking_reaches_its_gain_within_five_milliseconds_without_a_step()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        Render(queue, 240);
        queue.Duck(0.25f);

        var ducked = Render(queue, 240);

        Assert.Equal(0.125f, ducked[PlaybackQueue.CutFadeSamples - 1], 5);
        Assert.Equal(0.125f, ducked[^1], 5);
        AssertNoStepAbove(0.5f / PlaybackQueue.CutFadeSamples * 1.01f, [0.5f, .. ducked]);

        queue.Duck(1);
        Assert.Equal(0.5f, Render(queue, 240)[^1], 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(700)]
    [InlineData(960)]
    [InlineData(1_700)]
    public void A_pause_fades_over_the_next_ten_milliseconds_and_resumes_from_the_same_sample(int askedAt)
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        queue.TryEnqueue(Constant(), 0, 1);
        var played = new List<float>(Render(queue, askedAt));
        queue.Pause();
        while (!queue.Position.IsHeld)
        {
            played.AddRange(Render(queue, 100));
            Assert.True(played.Count < 3 * Frame);
        }

        var frames = queue.TryEnqueue(Constant(), 0, 2) == EnqueueResult.Queued ? 3 : 2;
        var held = queue.Position;
        const int Fade = PlaybackQueue.EdgeFadeSamples;
        Assert.Equal(askedAt == 0 ? 0 : ((askedAt + Fade - 1) / Fade * Fade) + Fade, held.TurnSamples);
        Assert.All(Render(queue, 5_000), sample => Assert.Equal(0, sample));
        Assert.False(queue.Position.IsAudible);
        Assert.Equal(held.TurnSamples, queue.Position.TurnSamples);

        queue.Resume();
        if (askedAt > 0)
        {
            var edge = (int)held.TurnSamples;
            var resumed = Render(queue, PlaybackQueue.EdgeFadeSamples + 50);
            AssertFadeOutThenIn(played.ToArray().AsSpan(edge - PlaybackQueue.EdgeFadeSamples), resumed);

            // Half of it is silent already: somebody waits for that.
            Assert.All(played[(edge - Fade + PlaybackQueue.CutFadeSamples)..edge], sample => Assert.Equal(0, sample));
        }

        while (queue.QueuedFrames > 0)
        {
            Render(queue, 100);
        }

        Assert.Equal(frames * Frame, queue.Position.TurnSamples);
        Assert.Equal(0, queue.Position.Underruns);
    }

    [Fact]
    public void Nothing_starts_while_paused()
    {
        var queue = new PlaybackQueue();
        queue.Pause();
        queue.TryEnqueue(Constant(), 0, 0);

        Assert.All(Render(queue, Frame), sample => Assert.Equal(0, sample));
        Assert.Equal(0, queue.Position.TurnSamples);
    }

    [Fact]
    public void A_cut_fades_in_five_milliseconds_drops_what_waits_and_remembers_where_it_fell()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        queue.TryEnqueue(Constant(), 0, 1);
        Render(queue, 1_000);
        queue.Cut(1);

        var after = Render(queue, 480);

        AssertNoStepAbove(0.5f / PlaybackQueue.CutFadeSamples * 1.01f, [0.5f, .. after]);
        Assert.All(after[PlaybackQueue.CutFadeSamples..], sample => Assert.Equal(0, sample));
        Assert.Equal(0, queue.QueuedFrames);
        Assert.Equal((0, 1_000L, 1), (queue.Position.Generation, queue.Position.TurnSamples, queue.Position.LiveGeneration));
        Assert.Equal((0, 1_000L), (queue.LastCut.Generation, queue.LastCut.TurnSamples));
        Assert.Equal(EnqueueResult.Stale, queue.TryEnqueue(Constant(), 0, 2));
    }

    [Fact]
    public void A_cut_at_the_end_of_a_frame_fades_into_the_next_frame()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        queue.TryEnqueue(Constant(), 0, 1);
        Render(queue, Frame - 10);
        queue.Cut(1);

        var after = Render(queue, 240);

        AssertNoStepAbove(0.5f / PlaybackQueue.CutFadeSamples * 1.01f, [0.5f, .. after]);
        Assert.Equal(Frame - 10, queue.Position.TurnSamples);
        Assert.Equal(0, queue.QueuedFrames);
        Assert.Equal(EnqueueResult.Queued, queue.TryEnqueue(Constant(), 1, 0));
        Assert.Equal(EnqueueResult.Queued, queue.TryEnqueue(Constant(), 1, 1));
    }

    [Fact]
    public void A_cut_while_held_inside_a_frame_stays_silent_and_drops_the_frame()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        queue.TryEnqueue(Constant(), 0, 1);
        Render(queue, 500);
        queue.Pause();
        Render(queue, 1_000);
        queue.Cut(1);

        Assert.All(Render(queue, 480), sample => Assert.Equal(0, sample));
        Assert.Equal((0, 0, 960L), (queue.QueuedFrames, queue.LastCut.Generation, queue.LastCut.TurnSamples));
    }

    [Fact]
    public void A_cut_undoes_duck_and_pause()
    {
        var queue = new PlaybackQueue();
        queue.TryEnqueue(Constant(), 0, 0);
        queue.Duck(0.1f);
        queue.Pause();
        Render(queue, 3 * Frame);
        queue.Cut(1);
        queue.TryEnqueue(Constant(), 1, 0);

        Assert.Equal(0.5f, Render(queue, 480)[^1], 5);
    }

    [Property(MaxTest = 300)]
    public void Any_order_of_commands_keeps_position_monotonic_and_plays_no_older_generation(int seed)
    {
        var random = new Random(seed);
        var queue = new PlaybackQueue(random.Next(1, 4));
        var (generation, index, last) = (0, 0, default(PlaybackPosition));
        for (var i = 0; i < 300; i++)
        {
            switch (random.Next(8))
            {
                case 0: queue.Pause(); break;
                case 1: queue.Resume(); break;
                case 2: queue.Duck(random.NextSingle()); break;
                case 3 when random.Next(4) == 0: queue.Cut(++generation); index = 0; break;
                case 4 when generation > 0: Assert.Equal(EnqueueResult.Stale, queue.TryEnqueue(Constant(), generation - 1, 99)); break;
                default:
                    index += queue.TryEnqueue(Constant(), generation, index) == EnqueueResult.Queued ? 1 : 0;
                    break;
            }

            var played = Render(queue, random.Next(1, 1_500));
            var now = queue.Position;
            Assert.True(now.Generation > last.Generation || (now.Generation == last.Generation && now.TurnSamples >= last.TurnSamples));
            Assert.True(now.Frames <= index || now.Generation < generation);
            Assert.InRange(now.SampleInFrame, 0, Frame - 1);
            Assert.InRange(queue.QueuedFrames, 0, 5);
            Assert.All(played, sample => Assert.InRange(sample, -0.5001f, 1f));
            last = now;
        }
    }

    [Fact]
    public void Samples_out_of_range_or_not_numbers_are_limited_and_counted()
    {
        var queue = new PlaybackQueue();
        var frame = new float[Frame];
        (frame[0], frame[1], frame[2]) = (float.NaN, 7, float.NegativeInfinity);
        queue.TryEnqueue(frame, 0, 0);

        Assert.Equal([0f, 1f, -1f], Render(queue, 3));
        Assert.Equal(3, queue.ClippedSamples);
    }

    [Fact]
    public void A_frame_of_another_length_is_refused() =>
        Assert.Contains("1920", Assert.Throws<ArgumentException>(() => new PlaybackQueue().TryEnqueue(new float[5], 0, 0)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rendering_allocates_nothing()
    {
        var queue = new PlaybackQueue();
        var (frame, block) = (Constant(), new float[480]);
        Exercise(0);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Exercise(1);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Exercise(int round)
        {
            for (var i = 0; i < 400; i++)
            {
                queue.TryEnqueue(frame, queue.Generation, i);
                queue.Duck(i % 5 == 0 ? 0.2f : 1);
                if (i % 50 == 49)
                {
                    queue.Cut((round * 1_000) + i);
                }

                queue.Render(block);
            }
        }
    }

    private static float[] Render(PlaybackQueue queue, int samples)
    {
        var block = new float[samples];
        if (samples > 0)
        {
            queue.Render(block);
        }

        return block;
    }

    private static float Sample(int i) => (i % 30_000 / 60_000f) - 0.25f;

    private static float[] Ramp(int frame)
    {
        var samples = new float[Frame];
        for (var i = 0; i < Frame; i++)
        {
            samples[i] = Sample((frame * Frame) + i);
        }

        return samples;
    }

    private static float[] Constant()
    {
        var samples = new float[Frame];
        Array.Fill(samples, 0.5f);
        return samples;
    }

    private static void AssertFadeOutThenIn(ReadOnlySpan<float> fadingOut, ReadOnlySpan<float> fadingIn)
    {
        for (var i = 0; i < PlaybackQueue.EdgeFadeSamples; i++)
        {
            Assert.Equal(0.5f, fadingOut[i] + fadingIn[i], 5);
        }

        Assert.Equal(0.5f, fadingIn[PlaybackQueue.EdgeFadeSamples]);
    }

    private static void AssertNoStepAbove(float limit, ReadOnlySpan<float> samples)
    {
        for (var i = 1; i < samples.Length; i++)
        {
            Assert.True(Math.Abs(samples[i] - samples[i - 1]) <= limit, $"step of {samples[i] - samples[i - 1]} at {i}");
        }
    }
}
