using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Actors;

/// <summary>One reply while it is spoken: the clauses that wait, the session that speaks, and how far it is.</summary>
/// <param name="reply">The reply.</param>
/// <param name="wanted">Frames that may be generated before the loudspeaker asks for more.</param>
internal sealed class SpokenReply(AgentReply reply, int wanted)
{
    private readonly CancellationTokenSource _abandoned = new();
    private Task _pull = Task.CompletedTask;
    private int _wordsBefore;
    private int _spoken;
    private int _offset;
    private (string Text, int Spoken)? _broken;

    public AgentReply Reply { get; } = reply;

    public Queue<string> Clauses { get; } = new();

    public bool TextOver { get; set; }

    public bool Failed { get; set; }

    public int Wanted { get; set; } = wanted;

    /// <summary>Speaks this reply; null until it is known which one does.</summary>
    public ISpeechSession? Session { get; set; }

    /// <summary>The session is a fork that nobody else knows: the turn may still go on.</summary>
    public bool IsForked { get; set; }

    /// <summary>The clause being spoken; null between clauses.</summary>
    public IAsyncEnumerator<SpeechFrame>? Voice { get; set; }

    public int Clause { get; private set; } = -1;

    public string ClauseText { get; private set; } = "";

    public int Frames { get; private set; }

    /// <summary>Frames and words that earlier sessions spoke: they broke, and this one goes on.</summary>
    public (int Frames, int Words) Before { get; private init; }

    public bool IsPulling { get; set; }

    /// <summary>No frame of the clause has come yet.</summary>
    public bool IsFirstOfClause { get; private set; }

    /// <summary>The turn part knows that no frame will follow.</summary>
    public bool IsComplete { get; set; }

    public void BeginClause(string text, int maximumFrames, int speaker)
    {
        _wordsBefore = WordsSpoken;
        (ClauseText, _spoken) = _broken ?? (text, 0);
        (_offset, _broken, Clause, IsFirstOfClause) = (_spoken, null, Clause + 1, true);
        var frames = Math.Min(maximumFrames, 25 + (2 * text.Length));
        Voice = Session!.SpeakAsync(new SpeechRequest(Reply.Generation, text, speaker, frames), Reply.IsCut).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>The clause's next frame; null at its end. Cancelled when the session is abandoned, whether or not it ever answers.</summary>
    public Task<SpeechFrame?> PullAsync()
    {
        var pull = NextAsync(Voice!);
        _pull = pull;
        return pull.WaitAsync(_abandoned.Token);
    }

    /// <summary>Nobody waits for this session any more.</summary>
    public void Abandon() => _abandoned.Cancel();

    /// <summary>Counts a frame.</summary>
    public PartMessages.FrameMade Made(SpeechFrame frame)
    {
        (Wanted, IsFirstOfClause) = (Wanted - 1, false);
        _spoken = Math.Clamp(_offset + frame.SpokenCharacters, 0, ClauseText.Length);
        return new PartMessages.FrameMade(Reply.Generation, Frames++, frame.Samples, frame.Codes, Clause, ClauseText, _spoken);
    }

    /// <summary>What is left of this reply, for another session to go on with from the last spoken word.</summary>
    public SpokenReply Rest()
    {
        var isBroken = Clause >= 0 && ClauseText[_spoken..].Any(char.IsLetterOrDigit);
        var rest = new SpokenReply(Reply, Wanted)
        {
            TextOver = TextOver,
            Failed = Failed,
            Clause = isBroken ? Clause - 1 : Clause,
            Frames = Frames,
            Before = (Frames, WordsSpoken),
            _wordsBefore = isBroken ? _wordsBefore : WordsSpoken,
            _broken = isBroken ? (ClauseText, _spoken) : null,
        };
        foreach (var clause in isBroken ? Clauses.Prepend(ClauseText[_spoken..]) : Clauses)
        {
            rest.Clauses.Enqueue(clause);
        }

        return rest;
    }

    /// <summary>Takes over text that came while nobody spoke.</summary>
    public SpokenReply With(SpokenReply meanwhile)
    {
        foreach (var clause in meanwhile.Clauses)
        {
            Clauses.Enqueue(clause);
        }

        (TextOver, Failed) = (TextOver || meanwhile.TextOver, Failed || meanwhile.Failed);
        return this;
    }

    /// <summary>What was heard of this session's part, of what was heard of the whole reply.</summary>
    public static (int Frames, string Text) OwnPart((int Frames, int Words) before, int heardFrames, string heardText) =>
        (Math.Max(0, heardFrames - before.Frames), string.Join(' ', Words(heardText).Skip(before.Words)));

    /// <summary>Lets go of the clause and, with it, of a fork; waits for a frame under way first.</summary>
    public async Task CloseAsync()
    {
        await _pull.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Voice is { } voice)
        {
            Voice = null;
            await voice.DisposeAsync().ConfigureAwait(false);
        }

        if (IsForked && Session is { } fork)
        {
            Session = null;
            await fork.DisposeAsync().ConfigureAwait(false);
        }
    }

    private int WordsSpoken => _wordsBefore + Words(ClauseText[.._spoken]).Length;

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<SpeechFrame?> NextAsync(IAsyncEnumerator<SpeechFrame> voice)
    {
        if (!await voice.MoveNextAsync().ConfigureAwait(false))
        {
            return null;
        }

        var samples = voice.Current.Samples.Span;
        return samples.Length != AudioFormat.FrameSamples
            ? throw new EngineException($"It gave a frame of {samples.Length} samples; a frame has {AudioFormat.FrameSamples}.")
            : samples.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)
            ? throw new EngineException("It gave samples that are no numbers.")
            : voice.Current;
    }
}
