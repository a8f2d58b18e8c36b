using System.Text;

namespace CsmAgent.Conversation.Actors;

/// <summary>One attempt at a reply, known by its generation to every part that works on it.</summary>
internal sealed class AgentReply(int turn, int generation, string userText, string? fixedText, bool isSpeculative, PendingWork pending)
{
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _authorised = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Lock _gate = new();
    private bool _decided;
    private int _waiting;

    public int Turn { get; } = turn;

    public int Generation { get; } = generation;

    public string UserText { get; } = userText;

    /// <summary>Which agent replies, an index into the table's agents.</summary>
    public int Agent { get; init; }

    /// <summary>The agent that said <see cref="UserText"/>; null for the user.</summary>
    public int? From { get; init; }

    /// <summary>What has been written; complete once the synthesiser was told that the text is over.</summary>
    public StringBuilder Written { get; } = new();

    /// <summary>What to say instead of, or before, a written reply; null for nothing.</summary>
    public string? Fixed { get; } = fixedText;

    /// <summary>Cancelled when the reply is cut.</summary>
    public CancellationToken IsCut => _cut.Token;

    /// <summary>It was begun before the turn was surely over.</summary>
    public bool IsSpeculative { get; } = isSpeculative;

    /// <summary>It may act and sound: the turn is surely over.</summary>
    public bool IsReleased => _authorised.Task.IsCompletedSuccessfully;

    /// <summary>Completes when the reply may act on the world. Whoever waits does not hold virtual time meanwhile: only its
    /// going on can end the turn that is waited for.</summary>
    public Task WaitForAuthorisation()
    {
        lock (_gate)
        {
            if (!_decided)
            {
                _waiting++;
                pending.End();
            }
        }

        return _authorised.Task;
    }

    public void Authorise()
    {
        Decide();
        _authorised.TrySetResult();
    }

    public void Cut()
    {
        Decide();
        _authorised.TrySetCanceled(CancellationToken.None);
        _cut.Cancel();
    }

    // Those who waited are at work again before they can run.
    private void Decide()
    {
        lock (_gate)
        {
            _decided = true;
            pending.Begin(_waiting);
            _waiting = 0;
        }
    }
}
