namespace CsmAgent.Conversation.Actors;

/// <summary>One attempt at a reply, known by its generation to every part that works on it.</summary>
internal sealed class AgentReply(int turn, int generation, string userText, string? fixedText)
{
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _authorised = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Turn { get; } = turn;

    public int Generation { get; } = generation;

    public string UserText { get; } = userText;

    /// <summary>What to say instead of, or before, a written reply; null for nothing.</summary>
    public string? Fixed { get; } = fixedText;

    /// <summary>Cancelled when the reply is cut.</summary>
    public CancellationToken IsCut => _cut.Token;

    /// <summary>Completes when the reply may act on the world.</summary>
    public Task Authorised => _authorised.Task;

    public void Authorise() => _authorised.TrySetResult();

    public void Cut()
    {
        _authorised.TrySetCanceled(CancellationToken.None);
        _cut.Cancel();
    }
}
