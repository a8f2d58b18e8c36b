using System.Threading.Channels;
using CsmAgent.Conversation.Streams;

namespace CsmAgent.Conversation.Actors;

/// <summary>A bounded way from capture to one listener. When the listener stalls, its audio is dropped and counted; the marks that
/// begin and end utterances always get through.</summary>
internal sealed class UtteranceTap
{
    /// <summary>Frames of 80 ms that may wait: ten seconds.</summary>
    private const int AudioCapacity = 125;

    private readonly Channel<UtterancePart> _channel = Channel.CreateBounded<UtterancePart>(
        new BoundedChannelOptions(AudioCapacity + 1024) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true });

    private long _dropped;

    public ChannelReader<UtterancePart> Reader => _channel.Reader;

    /// <summary>Pieces of audio that found no place.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Offers a part; false when it is audio and too much waits already.</summary>
    public bool Write(UtterancePart part, PendingWork pending)
    {
        if (part is UtteranceAudio && _channel.Reader.Count >= AudioCapacity)
        {
            Interlocked.Increment(ref _dropped);
            return false;
        }

        pending.Begin();
        return _channel.Writer.TryWrite(part);
    }
}
