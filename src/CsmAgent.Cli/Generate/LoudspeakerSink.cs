using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Playback;

namespace CsmAgent.Cli.Generate;

/// <summary>Plays speech as it comes, a few frames ahead of the loudspeaker.</summary>
/// <param name="device">Started here; owned by the sink.</param>
/// <param name="time">Paces the waiting for room.</param>
internal sealed class LoudspeakerSink(IAudioDevice device, TimeProvider time) : ISpeechSink
{
    private readonly Loudspeaker _loudspeaker = new(device, time);

    public ValueTask WriteAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken) =>
        _loudspeaker.WriteAsync(samples, cancellationToken);

    public ValueTask FinishAsync(CancellationToken cancellationToken) => _loudspeaker.FinishAsync(cancellationToken);

    public ValueTask DisposeAsync() => _loudspeaker.DisposeAsync();
}
