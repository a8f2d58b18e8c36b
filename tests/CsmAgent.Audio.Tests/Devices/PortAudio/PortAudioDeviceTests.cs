using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Devices.PortAudio;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Measurement;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.Audio.Tests.Devices.PortAudio;

/// <summary>The real library, the real callback thread, a loudspeaker and a microphone made of software.</summary>
[Collection("PortAudio")]
[Trait("Category", "Native")]
public sealed class PortAudioDeviceTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [PulseFact]
    public void Devices_are_listed_with_their_directions_and_a_default()
    {
        using var server = new PulseServer();

        var devices = PortAudioDevices.List();

        var device = Assert.Single(devices, device => device.IsDefaultOutput);
        Assert.True(device is { IsDefaultInput: true, InputChannelCount: > 0, OutputChannelCount: > 0, DefaultSampleRateHz: >= 8_000, HostApi: "ALSA" }, $"{device}");
        Assert.StartsWith("PortAudio", PortAudioDevices.LibraryVersion(), StringComparison.Ordinal);
    }

    [PulseFact]
    public async Task Speech_played_through_the_card_comes_back_whole_at_its_level_and_no_later_than_the_card_reports()
    {
        using var server = new PulseServer();
        var speech = WavFile.Read(Fixtures.Path("speech", "harvard-a1.wav")).ToHouseFormat();

        // A machine that builds and tests eight things at once loses samples now and then; a broken path loses them always.
        var (attempt, found, client) = (0, default(DelayEstimate), default(LoopbackClient));
        while (found.Correlation < 0.95 && ++attempt <= 5)
        {
            client = new LoopbackClient(speech, totalSamples: 24_000 + speech.Length + 12_000);
            await using var device = PortAudioDevice.Open(new() { SampleRateHz = attempt % 2 == 1 ? 48_000 : 44_100, Latency = TimeSpan.FromMilliseconds(80) });
            Assert.True(device.HasInput && device.HasOutput);
            device.Start(client);
            await Task.WhenAny(client.Done, device.Completion).WaitAsync(Patience);
            found = CrossCorrelation.FindDelay(speech, client.Recorded.AsSpan(24_000), 12_000);
            output.WriteLine($"{device.Name} at {device.OutputRateHz} Hz: delay {found.DelaySamples / 24.0:0.0} ms, reported {client.ReportedLatency / 24.0:0.0} ms, gain {found.GainDb:0.00} dB, likeness {found.Correlation:0.0000}, glitches {device.Glitches}, missing {device.MissingSamples}, skipped {device.SkippedSamples} {device.Completion.Exception?.Message}");
        }

        Assert.True(found.Correlation >= 0.95, $"{found}");
        Assert.InRange(found.GainDb, -1, 1);
        Assert.InRange(found.DelaySamples, 1, client!.ReportedLatency + 240);
        Assert.Equal(0, client.AllocatedBytes);
    }

    [PulseFact]
    public async Task A_card_pulled_out_of_a_running_sound_server_ends_the_device_and_can_be_opened_when_it_is_in_again()
    {
        using var server = new PulseServer();
        await using (var device = PortAudioDevice.Open())
        {
            using var client = new LoopbackClient([], 4_800);
            device.Start(client);
            await client.Done.WaitAsync(Patience);

            server.Unplug();

            var problem = await Assert.ThrowsAsync<AudioDeviceException>(() => device.Completion.WaitAsync(Patience));
            output.WriteLine(problem.Message);
            Assert.Contains("unplugged", problem.Message, StringComparison.Ordinal);
        }

        server.Plug();
        await using var again = PortAudioDevice.Open();
        using var second = new LoopbackClient([], 4_800);
        again.Start(second);
        await second.Done.WaitAsync(Patience);
    }

    [PulseFact]
    public async Task A_card_that_goes_away_ends_the_device_with_an_error_and_can_be_opened_again_when_it_is_back()
    {
        using var server = new PulseServer();
        await using (var device = PortAudioDevice.Open())
        {
            var client = new LoopbackClient([], 4_800);
            device.Start(client);
            await Task.WhenAny(client.Done, device.Completion).WaitAsync(Patience);

            server.Kill();

            var problem = await Assert.ThrowsAsync<AudioDeviceException>(() => device.Completion.WaitAsync(Patience));
            output.WriteLine(problem.Message);
            Assert.Contains("unplugged", problem.Message, StringComparison.Ordinal);
        }

        server.Restart();
        await using var again = PortAudioDevice.Open();
        var second = new LoopbackClient([], 4_800);
        again.Start(second);
        await second.Done.WaitAsync(Patience);
    }

    [PulseFact]
    public void A_device_that_does_not_exist_is_named_with_those_that_do()
    {
        using var server = new PulseServer();

        var problem = Assert.Throws<AudioDeviceException>(() => PortAudioDevice.Open(new() { Input = "Studio microphone" }));

        Assert.Contains("Studio microphone", problem.Message, StringComparison.Ordinal);
        Assert.Contains("default", problem.Message, StringComparison.Ordinal);
    }

    [PulseFact]
    public void No_card_at_all_is_an_error_that_says_what_to_do_instead()
    {
        using var server = new PulseServer();
        server.Kill();

        var problem = Assert.Throws<AudioDeviceException>(() =>
        {
            using var client = new LoopbackClient([], 1);
            PortAudioDevice.Open().Start(client);
        });

        output.WriteLine(problem.Message);
    }

    [Fact]
    public void A_rate_no_card_has_is_refused() =>
        Assert.Contains("96", Assert.Throws<AudioDeviceException>(() => PortAudioDevice.Open(new() { SampleRateHz = 96 })).Message, StringComparison.Ordinal);

    /// <summary>Plays a sound after one second and keeps what comes in.</summary>
    private sealed class LoopbackClient(float[] sound, int totalSamples) : IAudioClient, IDisposable
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _allocatedBefore = -1;

        public Task Done => _done.Task;

        public float[] Recorded { get; } = new float[totalSamples];

        public int ReportedLatency { get; private set; }

        public long AllocatedBytes { get; private set; }

        public void Dispose() => _done.TrySetCanceled();

        public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock)
        {
            // The callback's own thread: everything between two calls is the binding.
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            if (_allocatedBefore >= 0 && clock.PlayedSamples > 12_000 && !_done.Task.IsCompleted)
            {
                AllocatedBytes += allocated - _allocatedBefore;
            }

            ReportedLatency = clock.InputLatencySamples + clock.OutputLatencySamples;
            for (var i = 0; i < toPlay.Length; i++)
            {
                var at = clock.PlayedSamples + i;
                toPlay[i] = at >= 24_000 && at - 24_000 < sound.Length ? sound[at - 24_000] : 0;
                if (at < Recorded.Length)
                {
                    Recorded[at] = captured[i];
                }
            }

            if (clock.PlayedSamples >= Recorded.Length)
            {
                _done.TrySetResult();
            }

            _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        }
    }
}

[CollectionDefinition("PortAudio", DisableParallelization = true)]
public sealed class PortAudioTests;
