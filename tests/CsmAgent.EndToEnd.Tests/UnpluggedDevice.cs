using CsmAgent.Audio.Devices;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>A device that is pulled out after half a second of use.</summary>
/// <param name="device">What works until then.</param>
/// <param name="isInUse">Whether a block, given what was played in it, counts as use.</param>
internal sealed class UnpluggedDevice(IAudioDevice device, UnpluggedDevice.Use isInUse) : IAudioDevice, IAudioClient
{
    private IAudioClient? _client;
    private int _left = 12_000;

    public delegate bool Use(ReadOnlySpan<float> played);

    public string Name => device.Name;

    public bool HasInput => device.HasInput;

    public bool HasOutput => device.HasOutput;

    public Task Completion => device.Completion;

    public void Start(IAudioClient client)
    {
        _client = client;
        device.Start(this);
    }

    public void Process(ReadOnlySpan<float> captured, Span<float> toPlay, in AudioClock clock)
    {
        _client!.Process(captured, toPlay, clock);
        if (isInUse(toPlay) && (_left -= toPlay.Length) <= 0)
        {
            throw new AudioDeviceException("The device was unplugged.");
        }
    }

    public ValueTask DisposeAsync() => device.DisposeAsync();
}
