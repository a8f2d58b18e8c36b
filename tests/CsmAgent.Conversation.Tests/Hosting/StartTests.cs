using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Hosting;

public sealed class StartTests
{
    [Fact]
    public async Task A_start_that_fails_leaves_nothing_open()
    {
        await using var desk = new Desk();
        var device = new BusyDevice();
        desk.OpenDevice = () => device;
        var conversation = desk.Create();

        var fault = await Assert.ThrowsAsync<AudioDeviceException>(() => conversation.StartAsync());

        Assert.Equal("The device is busy.", fault.Message);
        Assert.True(conversation.Completion.IsCompleted);
        Assert.True(device.IsDisposed);
        Assert.Equal(0, desk.Engines.SessionsOpen);
        await conversation.StopAsync();
    }

    private sealed class BusyDevice : IAudioDevice
    {
        public string Name => "busy";

        public bool HasInput => true;

        public bool HasOutput => true;

        public Task Completion { get; } = new TaskCompletionSource().Task;

        public bool IsDisposed { get; private set; }

        public void Start(IAudioClient client) => throw new AudioDeviceException("The device is busy.");

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
