using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;

namespace CsmAgent.Cli.Generate;

/// <summary>Plays speech as it comes, a few frames ahead of the loudspeaker.</summary>
internal sealed class LoudspeakerSink : ISpeechSink
{
    private const int AheadFrames = 8;

    private readonly IAudioDevice _device;
    private readonly TimeProvider _time;
    private readonly PlaybackQueue _queue = new(AheadFrames);
    private readonly float[] _frame = new float[AudioFormat.FrameSamples];
    private int _filled;
    private int _frames;

    /// <summary>Starts the device.</summary>
    /// <param name="device">Owned by the sink.</param>
    /// <param name="time">Paces the waiting for room.</param>
    public LoudspeakerSink(IAudioDevice device, TimeProvider time)
    {
        (_device, _time) = (device, time);
        device.Start(new AudioPort(_queue));
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
    {
        while (samples.Length > 0)
        {
            var count = Math.Min(samples.Length, _frame.Length - _filled);
            samples[..count].CopyTo(_frame.AsMemory(_filled));
            samples = samples[count..];
            _filled += count;
            if (_filled == _frame.Length)
            {
                await EnqueueAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0)
        {
            _frame.AsSpan(_filled).Clear();
            await EnqueueAsync(cancellationToken).ConfigureAwait(false);
        }

        while (_queue.QueuedFrames > 0)
        {
            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        // What the queue has given away still has to leave the sound card's own buffer.
        await Task.Delay(TimeSpan.FromMilliseconds(200), _time, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    private async ValueTask EnqueueAsync(CancellationToken cancellationToken)
    {
        while (_queue.TryEnqueue(_frame, generation: 0, _frames) != EnqueueResult.Queued)
        {
            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        _frames++;
        _filled = 0;
    }

    private async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        if (_device.Completion.IsCompleted)
        {
            // Throws what the device ended with.
            await _device.Completion.ConfigureAwait(false);
            throw new AudioDeviceException($"'{_device.Name}' ended before everything was played.");
        }

        await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancellationToken).ConfigureAwait(false);
    }
}
