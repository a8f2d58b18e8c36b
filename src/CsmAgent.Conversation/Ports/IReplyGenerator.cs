namespace CsmAgent.Conversation.Ports;

/// <summary>Writes what the agent says next, as a stream of text.</summary>
public interface IReplyGenerator
{
    /// <summary>The name shown on screen and in logs, for example <c>desk assistant (offline)</c> or the model's id.</summary>
    string Name { get; }

    /// <summary>True when <see cref="ReplyAsync"/> respects <see cref="ReplyRequest.Authorised"/>; only then is it called before the
    /// user's turn is surely over.</summary>
    bool CanSpeculate => false;

    /// <summary>Takes out what is to be said unasked by now, such as that a timer is done. Asked once a frame, so it answers at once;
    /// what it gives is said as soon as nobody speaks.</summary>
    IReadOnlyList<string> TakeAnnouncements(string conversationId) => [];

    /// <summary>Forgets what it keeps of a conversation beside the history it is given; a generator that keeps nothing has nothing to do.</summary>
    void Forget(string conversationId)
    {
    }

    /// <summary>Undoes what the last reply of a conversation did to the world: it answered a turn that the user goes on with, and a reply to
    /// the whole turn follows. May be asked again for the same reply; a generator whose replies do nothing has nothing to undo.</summary>
    void TakeBack(string conversationId)
    {
    }

    /// <summary>Streams the reply; pieces are of any size and join without separators.</summary>
    /// <exception cref="EngineException">The endpoint is down, slow or refuses the key; the message can be shown to a person.</exception>
    IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, CancellationToken cancellationToken);
}

/// <summary>What the reply is based on.</summary>
/// <param name="ConversationId">Names the conversation; state such as timers and names belongs to it.</param>
/// <param name="UserText">What the user just said, as recognised.</param>
/// <param name="History">Earlier turns as they were heard, oldest first; an interrupted agent turn ends where the listener stopped hearing it.</param>
public sealed record ReplyRequest(string ConversationId, string UserText, IReadOnlyList<SpokenTurn> History)
{
    /// <summary>At a round table, the name of the agent that replies; null where there is one agent.</summary>
    public string? Agent { get; init; }

    /// <summary>At a round table, the agent that said <see cref="UserText"/>; null for the user. With an empty <see cref="UserText"/>
    /// nobody said anything: the agent may speak of its own accord.</summary>
    public string? From { get; init; }

    /// <summary>Completes when the user's turn is surely over. A reply begun early must not act on the world (timers, reminders,
    /// notes) before, and is cancelled if the user goes on.</summary>
    public Task Authorised { get => AskForAuthorisation?.Invoke() ?? field; init; } = Task.CompletedTask;

    /// <summary>The conversation's own way to answer <see cref="Authorised"/>: who asks is about to wait.</summary>
    internal Func<Task>? AskForAuthorisation { get; init; }
}

/// <summary>One earlier turn.</summary>
/// <param name="Speaker">Who spoke.</param>
/// <param name="Text">What was heard of it.</param>
/// <param name="WasInterrupted">True when the speaker was cut off.</param>
/// <param name="Agent">At a round table, which agent spoke; otherwise null.</param>
public sealed record SpokenTurn(TurnSpeaker Speaker, string Text, bool WasInterrupted = false, string? Agent = null);

/// <summary>The two sides of a conversation.</summary>
public enum TurnSpeaker
{
    /// <summary>The person.</summary>
    User,

    /// <summary>The agent.</summary>
    Agent,
}
