using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Devices.PortAudio;
using CsmAgent.Audio.Measurement;
using CsmAgent.Audio.Playback;
using FsCheck.Xunit;

namespace CsmAgent.Audio.Tests.Devices.PortAudio;

public sealed class LaneTests
{
    private static readonly int[] Rates = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000];

    [Property(MaxTest = 60)]
    public void Any_card_rate_and_block_size_is_served_without_a_gap_and_the_clock_counts_at_24_kilohertz(int seed)
    {
        var random = new Random(seed);
        var rate = Rates[random.Next(Rates.Length)];
        var client = new CountingClient();
        var capture = new CaptureLane(rate, random.Next(1, 3));
        var playback = new PlaybackLane(client, capture, rate, random.Next(0, 3)) { InputLatencySamples = 100, OutputLatencySamples = 200 };
        var (played, recorded) = (0L, 0L);
        while (played < rate)
        {
            // The two threads are never in step.
            while (recorded < played + 1_500)
            {
                var frames = random.Next(1, 1_000);
                var captured = new float[frames * capture.ChannelCount];
                Array.Fill(captured, 0.5f);
                capture.Write(captured, frames);
                recorded += frames;
            }

            var count = random.Next(1, 1_000);
            var toPlay = new float[count * playback.ChannelCount];
            playback.Process(toPlay, count);
            if (played > rate / 2)
            {
                // Both sides are constants: a gap would show as a dip.
                Assert.All(toPlay, sample => Assert.Equal(0.25f, sample, 3));
                Assert.Equal(0.5f, client.LastCaptured, 3);
            }

            played += count;
            Assert.Equal(((played * 24_000) + rate - 1) / rate, client.Count);
            Assert.True(client.InputLatency >= 100 && client.OutputLatency >= 200);
        }
    }

    [Theory]
    [InlineData(44_100)]
    [InlineData(48_000)]
    [InlineData(24_000)]
    public void The_latency_it_reports_is_the_latency_it_has(int rate)
    {
        // A wire from the card's output to its input.
        var noise = TestSignals.Noise(24_009, 2, 0.3);
        var sound = new float[24_000];
        for (var i = 0; i < sound.Length; i++)
        {
            // Low enough that a delay by part of a sample changes little.
            sound[i] = noise.AsSpan(i, 10).ToArray().Average();
        }

        var client = new PlayingClient(sound);
        var capture = new CaptureLane(rate, 1);
        var playback = new PlaybackLane(client, capture, rate, 1);
        for (var i = 0; i < rate * 2 / 480; i++)
        {
            var played = new float[480];
            playback.Process(played, 480);
            capture.Write(played, 480);
        }

        var found = CrossCorrelation.FindDelay(sound, client.Captured.ToArray(), 6_000);

        Assert.InRange(found.DelaySamples, client.Latency - 3, client.Latency + 3);
        Assert.InRange(found.GainDb, -0.3, 0.1);
        Assert.True(found.Correlation > 0.97, $"{found}");
        Assert.Equal(0, capture.MissingSamples + capture.SurplusSamplesDropped);
    }

    [Fact]
    public void A_microphone_that_stalls_gives_silence_and_the_surplus_after_it_is_dropped()
    {
        var client = new CountingClient();
        var capture = new CaptureLane(24_000, 1);
        var playback = new PlaybackLane(client, capture, 24_000, 1);
        var block = new float[480];
        Array.Fill(block, 0.5f);
        Run(50, true);
        Run(10, false);
        Assert.True(capture.MissingSamples > 3_000);
        Assert.Equal(0, client.LastCaptured);

        for (var i = 0; i < 10; i++)
        {
            capture.Write(block, 480);
        }

        Run(300, true);

        Assert.InRange(capture.SurplusSamplesDropped, 3_000, 4_800);
        Assert.InRange(capture.LatencySamples, 0, 960);

        void Run(int blocks, bool microphone)
        {
            for (var i = 0; i < blocks; i++)
            {
                if (microphone)
                {
                    capture.Write(block, 480);
                }

                playback.Process(new float[480], 480);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(150)]
    [InlineData(-300)]
    public void Two_clocks_that_differ_are_held_together_without_losing_a_sample(int ppm)
    {
        var client = new CountingClient();
        var capture = new CaptureLane(24_000, 1);
        var playback = new PlaybackLane(client, capture, 24_000, 1);
        var block = new float[241];
        Array.Fill(block, 0.5f);
        var recorded = 0.0;
        for (var hop = 0; hop < 60_000; hop++)
        {
            recorded += 240 * (1 + (ppm * 1e-6));
            var count = (int)recorded;
            recorded -= count;
            capture.Write(block, count);
            playback.Process(new float[240], 240);
            if (hop > 100)
            {
                Assert.InRange(client.LastCaptured, 0.499f, 0.501f);
            }
        }

        Assert.Equal(0, capture.MissingSamples + capture.SurplusSamplesDropped);
        Assert.InRange(capture.DriftPpm, ppm - 25, ppm + 25);
        Assert.InRange(capture.LatencySamples, 48, 720);
    }

    [Fact]
    public void A_drivers_not_a_number_does_not_stay_in_the_filters()
    {
        var capture = new CaptureLane(48_000, 1);
        var bad = new float[480];
        bad[7] = float.NaN;
        capture.Write(bad, 480);
        for (var i = 0; i < 10; i++)
        {
            capture.Write(new float[480], 480);
        }

        var samples = new float[2_000];
        capture.Read(samples);
        Assert.All(samples, sample => Assert.Equal(0, sample));
    }

    [Theory]
    [InlineData(44_100)]
    [InlineData(48_000)]
    public void The_whole_callback_allocates_nothing(int rate)
    {
        var port = new AudioPort(new PlaybackQueue());
        var capture = new CaptureLane(rate, 2);
        var playback = new PlaybackLane(port, capture, rate, 2);
        var (captured, toPlay, frame) = (new float[882], new float[882], TestSignals.Sine(300, 24_000, AudioFormat.FrameSamples));
        Exercise();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Exercise();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Exercise()
        {
            for (var i = 0; i < 300; i++)
            {
                port.Playback.TryEnqueue(frame, 0, i);
                capture.Write(captured, 441);
                playback.Process(toPlay, 441);
            }
        }
    }

    private sealed class CountingClient : IAudioClient
    {
        public long Count { get; private set; }

        public float LastCaptured { get; private set; }

        public int InputLatency { get; private set; }

        public int OutputLatency { get; private set; }

        public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock)
        {
            Assert.Equal(captured.Length, toPlay.Length);
            Assert.Equal(Count, clock.CapturedSamples);
            Assert.Equal(Count, clock.PlayedSamples);
            (InputLatency, OutputLatency, LastCaptured) = (clock.InputLatencySamples, clock.OutputLatencySamples, captured[^1]);
            Count += captured.Length;
            toPlay.Fill(0.25f);
        }
    }

    private sealed class PlayingClient(float[] sound) : IAudioClient
    {
        public List<float> Captured { get; } = [];

        public int Latency { get; private set; }

        public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock)
        {
            Latency = clock.InputLatencySamples + clock.OutputLatencySamples;
            for (var i = 0; i < toPlay.Length; i++)
            {
                var at = clock.PlayedSamples + i;
                toPlay[i] = at < sound.Length ? sound[at] : 0;
            }

            foreach (var sample in captured)
            {
                Captured.Add(sample);
            }
        }
    }
}
