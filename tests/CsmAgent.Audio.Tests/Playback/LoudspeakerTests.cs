using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;

namespace CsmAgent.Audio.Tests.Playback;

public sealed class LoudspeakerTests
{
    [Fact]
    public async Task What_is_written_is_played_in_order_and_finishing_waits_for_it()
    {
        var device = new PullingDevice();
        var ramp = Enumerable.Range(0, 40_000).Select(i => 0.5f + (i % 1_000 / 4_000f)).ToArray();
        await using (var loudspeaker = new Loudspeaker(device))
        {
            for (var at = 0; at < ramp.Length; at += 700)
            {
                await loudspeaker.WriteAsync(ramp.AsMemory(at, Math.Min(700, ramp.Length - at)));
            }

            await loudspeaker.FinishAsync();
        }

        var played = device.Played.SkipWhile(sample => sample == 0).ToList();
        Assert.True(played.Count >= ramp.Length);
        Assert.Equal(ramp[..1_000], played.Take(1_000));
        // Where the writer was late a frame's last 10 ms fade.
        Assert.InRange(played.Count(sample => sample >= 0.5f), ramp.Length * 0.8, ramp.Length * 1.1);
    }

    [Fact]
    public async Task A_device_that_ends_stops_the_writer()
    {
        var device = new PullingDevice { IsDead = true };
        await using var loudspeaker = new Loudspeaker(device);

        await Assert.ThrowsAsync<AudioDeviceException>(async () => await loudspeaker.WriteAsync(new float[100_000]));
    }

    private sealed class PullingDevice : IAudioDevice
    {
        private readonly CancellationTokenSource _stop = new();
        private Task _pulling = Task.CompletedTask;

        public string Name => "puller";

        public bool HasInput => false;

        public bool HasOutput => true;

        public bool IsDead { get; init; }

        public List<float> Played { get; } = [];

        public Task Completion => IsDead ? Task.CompletedTask : _pulling;

        public void Start(IAudioClient client)
        {
            if (!IsDead)
            {
                _pulling = Task.Run(() => PullAsync(client));
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _pulling;
            _stop.Dispose();
        }

        private async Task PullAsync(IAudioClient client)
        {
            var (silence, block) = (new float[480], new float[480]);
            while (!_stop.IsCancellationRequested)
            {
                client.Process(silence, block, default);
                Played.AddRange(block);
                await Task.Delay(1);
            }
        }
    }
}
