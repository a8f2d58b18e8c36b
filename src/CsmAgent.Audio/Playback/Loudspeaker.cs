using CsmAgent.Audio.Devices;

namespace CsmAgent.Audio.Playback;

/// <summary>Plays samples as they come, a few frames ahead of the device; who writes faster waits.</summary>
public sealed class Loudspeaker : IAsyncDisposable
{
    private const int AheadFrames = 8;

    private readonly IAudioDevice _device;
    private readonly TimeProvider _time;
    private readonly PlaybackQueue _queue = new(AheadFrames);
    private readonly float[] _frame = new float[AudioFormat.FrameSamples];
    private int _filled;
    private int _frames;

    /// <summary>Starts the device.</summary>
    /// <param name="device">Not started yet; owned by the loudspeaker.</param>
    /// <param name="time">Paces the waiting for room; the system's clock when null.</param>
    /// <exception cref="AudioDeviceException">The device cannot be started.</exception>
    public Loudspeaker(IAudioDevice device, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        (_device, _time) = (device, time ?? TimeProvider.System);
        device.Start(new AudioPort(_queue));
    }

    /// <summary>Plays the next samples; returns when there is room for more.</summary>
    /// <param name="samples">24 kHz mono within [-1, 1], any length.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AudioDeviceException">The device ended.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken = default)
    {
        while (samples.Length > 0)
        {
            var count = Math.Min(samples.Length, _frame.Length - _filled);
            samples[..count].CopyTo(_frame.AsMemory(_filled));
            samples = samples[count..];
            _filled += count;
            if (_filled == _frame.Length)
            {
                await EnqueueAsync(cancellationToken);
            }
        }
    }

    /// <summary>Returns when everything has been heard.</summary>
    /// <exception cref="AudioDeviceException">The device ended before.</exception>
    public async ValueTask FinishAsync(CancellationToken cancellationToken = default)
    {
        if (_filled > 0)
        {
            _frame.AsSpan(_filled).Clear();
            await EnqueueAsync(cancellationToken);
        }

        while (_queue.QueuedFrames > 0)
        {
            await PauseAsync(cancellationToken);
        }

        // What the queue has given away still has to leave the sound card's own buffer.
        await Task.Delay(TimeSpan.FromMilliseconds(200), _time, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _device.DisposeAsync();

    private async ValueTask EnqueueAsync(CancellationToken cancellationToken)
    {
        while (_queue.TryEnqueue(_frame, generation: 0, _frames) != EnqueueResult.Queued)
        {
            await PauseAsync(cancellationToken);
        }

        _frames++;
        _filled = 0;
    }

    private async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        if (_device.Completion.IsCompleted)
        {
            // Throws what the device ended with.
            await _device.Completion;
            throw new AudioDeviceException($"'{_device.Name}' ended before everything was played.");
        }

        await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancellationToken);
    }
}
