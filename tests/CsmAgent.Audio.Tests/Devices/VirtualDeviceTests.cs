using System.Diagnostics;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Playback;

namespace CsmAgent.Audio.Tests.Devices;

public sealed class VirtualDeviceTests
{
    [Fact]
    public async Task Virtual_time_is_held_by_the_gate_and_runs_block_by_block()
    {
        var port = new AudioPort(new PlaybackQueue());
        var gates = 0;
        var hold = new TaskCompletionSource();
        await using var device = new VirtualDevice("test", new RecordingTalker(new float[24_000], TimeSpan.Zero), DevicePace.Virtual(async (clock, _) =>
        {
            Assert.Equal(gates++ * 240, clock.CapturedSamples);
            if (clock.CapturedSamples == 12_000)
            {
                await hold.Task;
            }
        }));
        device.Start(port);
        while (gates < 51)
        {
            await Task.Yield();
        }

        Assert.Equal(50, port.AvailableBlocks);
        hold.SetResult();
        await device.Completion.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(24_000, device.Position);
        Assert.Equal(100, port.AvailableBlocks);
    }

    [Fact]
    public async Task Ten_minutes_of_virtual_time_are_over_soon()
    {
        var port = new AudioPort(new PlaybackQueue());
        var block = new AudioBlock();
        var read = 0;
        await using var device = new VirtualDevice("test", new RecordingTalker(default, TimeSpan.FromMinutes(10)), DevicePace.Virtual((_, _) =>
        {
            while (port.TryRead(block))
            {
                read++;
            }

            return ValueTask.CompletedTask;
        }));
        device.Start(port);

        await device.Completion.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(60_000, read + port.AvailableBlocks);
        Assert.Equal(0, port.DroppedBlocks);
    }

    [Fact]
    public async Task Real_time_keeps_the_pace_of_the_clock()
    {
        var port = new AudioPort(new PlaybackQueue());
        var watch = Stopwatch.StartNew();
        await using var device = new VirtualDevice("test", new RecordingTalker(new float[12_000], TimeSpan.Zero), DevicePace.RealTime);
        device.Start(port);

        await device.Completion.WaitAsync(TimeSpan.FromSeconds(30));

        // Never faster than the clock, however slow the machine.
        Assert.True(watch.ElapsedMilliseconds >= 490, $"{watch.ElapsedMilliseconds} ms");
        Assert.Equal(12_000, device.Position);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposing_ends_a_running_device(bool realTime)
    {
        var device = VirtualDevice.Null(realTime ? DevicePace.RealTime : DevicePace.Virtual(async (_, stop) => await Task.Delay(Timeout.Infinite, stop)));
        device.Start(new AudioPort(new PlaybackQueue()));

        await device.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(device.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_client_that_breaks_ends_the_device_with_an_error_that_names_it()
    {
        await using var device = VirtualDevice.Null(DevicePace.RealTime);
        device.Start(new BrokenClient());

        var problem = await Assert.ThrowsAsync<AudioDeviceException>(() => device.Completion.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains("no audio device", problem.Message, StringComparison.Ordinal);
        Assert.Contains("broken on purpose", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_starts_once()
    {
        var device = VirtualDevice.Null(DevicePace.Virtual((_, stop) => new ValueTask(Task.Delay(Timeout.Infinite, stop))));
        device.Start(new AudioPort(new PlaybackQueue()));

        Assert.Throws<InvalidOperationException>(() => device.Start(new AudioPort(new PlaybackQueue())));
    }

    [Fact]
    public async Task A_file_is_the_microphone_and_both_sides_are_recorded()
    {
        var folder = Directory.CreateTempSubdirectory("csm-dev-").FullName;
        var (input, output) = (Path.Combine(folder, "in.wav"), Path.Combine(folder, "out.wav"));
        var speech = TestSignals.Sine(440, 24_000, 4_800);
        WavFile.Write(input, speech);
        var port = new AudioPort(new PlaybackQueue());
        port.Playback.TryEnqueue(TestSignals.Sine(100, 24_000, AudioFormat.FrameSamples), 0, 0);

        using (var recorder = new StereoRecorder(output))
        {
            await using var device = VirtualDevice.FromFile(input, TimeSpan.FromSeconds(0.1), DevicePace.Virtual((_, _) => default), new() { Recorder = recorder });
            device.Start(port);
            await device.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        }

        var recorded = WavFile.Read(output);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(7_200, recorded.SampleCount);
        Assert.Equal(WavFile16(speech), recorded.Channel(0)[..4_800]);
        Assert.InRange(recorded.Channel(1).Skip(1).Take(1_000).Count(sample => sample != 0), 980, 1_000);
    }

    [Fact]
    public async Task Recorded_turns_wait_for_the_agent_interrupt_it_and_end_with_it()
    {
        var turn = TestSignals.Sine(300, 24_000, 12_000);
        var talker = new TurnTalker(
        [
            new("first", turn, TurnStart.Time, TimeSpan.FromSeconds(1)),
            new("interrupts", turn, TurnStart.AgentSpeaking, TimeSpan.FromSeconds(0.5)),
            new("after the answer", turn, TurnStart.AgentSilent, TimeSpan.FromSeconds(0.7)),
            new("at last", turn, TurnStart.AgentSilent, TimeSpan.FromSeconds(0.7)),
        ]);
        var agent = new AnsweringClient(delaySamples: 4_800, answerSamples: 48_000);
        await using var device = new VirtualDevice("turns", talker, DevicePace.Virtual((_, _) => default));
        device.Start(agent);

        await device.Completion.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(4, talker.TurnsBegun);
        Assert.Equal(0, talker.TurnsGivenUpOn);
        Assert.Equal(24_000, talker.StartOf(0));
        // 24 000 + 12 000 of the turn, 4 800 to the answer, 12 000 of it heard, within a block or two.
        Assert.InRange(talker.StartOf(1), 52_800, 52_800 + 720);
        Assert.InRange(talker.StartOf(2), talker.StartOf(1) + 12_000 + 4_800 + 48_000 + 16_800, talker.StartOf(1) + 12_000 + 4_800 + 48_000 + 16_800 + 960);
        Assert.True(talker.StartOf(3) > talker.StartOf(2) + 60_000);
    }

    [Fact]
    public async Task An_agent_that_never_answers_is_given_up_on()
    {
        var talker = new TurnTalker(
            [new("hello?", new float[2_400], TurnStart.AgentSilent, TimeSpan.Zero), new("still there?", new float[2_400], TurnStart.AgentSpeaking, TimeSpan.Zero)],
            giveUp: TimeSpan.FromSeconds(3));
        await using var device = new VirtualDevice("turns", talker, DevicePace.Virtual((_, _) => default));
        device.Start(new AudioPort(new PlaybackQueue()));

        await device.Completion.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(2, talker.TurnsBegun);
        Assert.Equal(1, talker.TurnsGivenUpOn);
    }

    [Fact]
    public void A_room_returns_what_is_played_after_its_delay_and_at_its_level()
    {
        var room = SimulatedRoom.Create(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200), levelDb: -6, noiseLevelDb: double.NegativeInfinity);
        var played = TestSignals.Noise(48_000, 1);
        var captured = new List<float>();
        for (var at = 0; at < played.Length; at += 240)
        {
            var block = new float[240];
            room.Process(block, played.AsSpan(at, 240));
            captured.AddRange(block);
        }

        Assert.All(captured[..1_200], sample => Assert.Equal(0, sample));
        Assert.NotEqual(0, captured[1_201]);
        Assert.Equal(TestSignals.Db(played) - 6, TestSignals.Db(captured.ToArray().AsSpan(10_000)), 0.5);
    }

    private static float[] WavFile16(float[] samples) => [.. samples.Select(sample => (float)(Math.Round(sample * 32_768.0) / 32_768.0))];

    private sealed class BrokenClient : IAudioClient
    {
        public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock) =>
            throw new InvalidOperationException("broken on purpose");
    }

    /// <summary>Plays a tone some time after the microphone falls silent, and stops when it is spoken to.</summary>
    private sealed class AnsweringClient(int delaySamples, int answerSamples) : IAudioClient
    {
        private long _silentSince = -1;

        public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock)
        {
            var heard = captured.ContainsAnyExceptInRange(-0.01f, 0.01f);
            if (heard)
            {
                _silentSince = clock.CapturedSamples + captured.Length;
            }

            for (var i = 0; i < toPlay.Length; i++)
            {
                var since = clock.CapturedSamples + i - _silentSince;
                var speaks = _silentSince >= 0 && !heard && since >= delaySamples && since < delaySamples + answerSamples;
                toPlay[i] = speaks ? 0.3f : 0;
            }
        }
    }
}
