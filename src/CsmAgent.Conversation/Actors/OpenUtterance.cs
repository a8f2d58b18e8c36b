using CsmAgent.Conversation.Streams;

namespace CsmAgent.Conversation.Actors;

/// <summary>The utterance the recogniser is hearing, kept until its text is there: a recogniser that breaks hears it again from its
/// beginning. Thread-safe, for a part that was started again may meet the last call of the one before.</summary>
internal sealed class OpenUtterance
{
    /// <summary>Frames of 80 ms: a minute. What is longer is not heard again.</summary>
    private const int Limit = 750;

    private readonly Lock _lock = new();
    private readonly List<UtterancePart> _parts = [];

    public IReadOnlyList<UtterancePart> Parts
    {
        get
        {
            lock (_lock)
            {
                return [.. _parts];
            }
        }
    }

    public void Add(UtterancePart part)
    {
        lock (_lock)
        {
            if (part is UtteranceStart || _parts.Count > Limit)
            {
                _parts.Clear();
            }

            if (part is UtteranceStart || _parts.Count > 0)
            {
                _parts.Add(part);
            }
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _parts.Clear();
        }
    }
}
