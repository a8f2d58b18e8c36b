using System.Threading.Channels;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation;

/// <summary>Hands events to every subscriber; a slow one loses its oldest and never holds anybody up.</summary>
internal sealed class EventHub
{
    private readonly Lock _lock = new();
    private readonly List<Channel<ConversationEvent>> _subscribers = [];
    private bool _over;

    public IAsyncEnumerable<ConversationEvent> Subscribe(int capacity)
    {
        var channel = Channel.CreateBounded<ConversationEvent>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            if (_over)
            {
                channel.Writer.Complete();
            }
            else
            {
                _subscribers.Add(channel);
            }
        }

        return channel.Reader.ReadAllAsync();
    }

    public void Publish(ConversationEvent e)
    {
        lock (_lock)
        {
            foreach (var subscriber in _subscribers)
            {
                subscriber.Writer.TryWrite(e);
            }
        }
    }

    public void Complete()
    {
        lock (_lock)
        {
            _over = true;
            _subscribers.ForEach(subscriber => subscriber.Writer.TryComplete());
            _subscribers.Clear();
        }
    }
}
