using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Turns;

/// <summary>What several transitions share.</summary>
internal static class TurnMoves
{
    /// <summary>Said when a user's turn reaches its limit.</summary>
    public const string TurnTooLong = "Let me stop you there for a moment.";

    /// <summary>Said when no reply could be made.</summary>
    public const string Apology = "Sorry, I have no answer right now.";

    /// <summary>A new turn of the user, opened by the newest utterance.</summary>
    public static TurnState NewTurn(TurnState s, TurnPhase phase) => s with
    {
        Phase = phase,
        Turn = s.Turn + 1,
        FirstVoiced = s.UtteranceBegan,
        Text = "",
        Partial = "",
        Ending = null,
        PausedInTurn = false,
        LongestPause = 0,
        UndecidedSince = null,
        Marks = new TurnMarks(),
    };

    /// <summary>Nobody holds the floor: to the user if one speaks, else silence.</summary>
    public static TurnStep Settle(TurnState s, List<TurnEffect> effects, string? why = null)
    {
        s = s with { UndecidedSince = null };
        if (!s.Voiced)
        {
            return new TurnStep(s with { Phase = TurnPhase.Listening, FinalUtterance = s.Utterance, Text = "", Partial = "" }, effects, why);
        }

        s = NewTurn(s, TurnPhase.UserSpeaking);
        effects.Add(new OpenTurn(s.Turn, s.Utterance, s.FirstVoiced));
        return new TurnStep(s, effects, why);
    }

    /// <summary>Begins a reply to the turn's text.</summary>
    public static TurnState Reply(TurnState s, List<TurnEffect> effects, string text, string? fixedText, bool speculative, bool apology = false)
    {
        s = s with
        {
            Generation = s.Generation + 1,
            ReplyLive = true,
            Speculative = speculative,
            IsApology = apology,
            Announcing = "",
            Generated = 0,
            SpeechComplete = false,
            SpeechFailed = false,
            Played = 0,
            ProgressAt = s.Now,
            Marks = s.Marks with { FirstToken = 0, FirstFrame = 0, FirstSound = 0 },
        };
        effects.Add(new StartReply(s.Turn, s.Generation, text, fixedText, speculative));
        return s;
    }

    /// <summary>The agent speaks unasked, in a turn of its own.</summary>
    public static TurnStep Announce(TurnState s)
    {
        var (effects, text) = (new List<TurnEffect>(), s.Announcement);
        s = NewTurn(s, TurnPhase.Thinking) with { Announcement = "" };
        s = Reply(s, effects, "", text, speculative: false, apology: true) with { Announcing = text };
        effects.Add(new ReleaseReply(s.Turn, s.Generation, WasSpeculative: false));
        return new TurnStep(s, effects);
    }

    /// <summary>An announcement of which nothing was heard is made again when nobody speaks.</summary>
    public static TurnState KeepUnheard(TurnState s) =>
        s is { ReplyLive: true, Played: 0 } ? s with { Announcement = SpokenWords.Join(s.Announcing, s.Announcement), Announcing = "" } : s;

    /// <summary>Ends the live reply where it was heard.</summary>
    public static TurnState Cut(TurnState s, List<TurnEffect> effects, string why)
    {
        if (s.ReplyLive)
        {
            effects.Add(new CutReply(s.Turn, s.Generation, s.Speculative, why));
        }

        return s with { ReplyLive = false, Speculative = false, UndecidedSince = null };
    }

    /// <summary>The turn is over: the reply begun early is released, or one is begun.</summary>
    public static TurnStep TurnOver(TurnState s, string why, string? fixedText = null)
    {
        var effects = new List<TurnEffect> { new CommitTurn(s.Turn, s.Text, s.FirstVoiced, s.LastAudible, why) };
        var wasSpeculative = s is { ReplyLive: true, Speculative: true } && fixedText is null;
        s = s with { Phase = TurnPhase.Thinking, Marks = s.Marks with { LastVoiced = s.LastVoiced, LastAudible = s.LastAudible, EndOfTurn = s.Now } };
        if (!wasSpeculative)
        {
            s = Cut(s, effects, "overtaken");
            s = Reply(s, effects, s.Text, fixedText, speculative: false);
        }

        effects.Add(new ReleaseReply(s.Turn, s.Generation, wasSpeculative));
        return new TurnStep(s with { Speculative = false, ProgressAt = s.Now }, effects, why);
    }

    /// <summary>A turn that the user did not begin: an agent speaks of its own accord or answers another.</summary>
    public static TurnStep GiveFloor(TurnState s, string text)
    {
        var effects = new List<TurnEffect>();
        s = NewTurn(s, TurnPhase.Thinking) with { FirstVoiced = s.Now, Marks = new TurnMarks { LastVoiced = s.Now, LastAudible = s.Now, EndOfTurn = s.Now } };
        s = Reply(s, effects, text, null, speculative: false);
        effects.Add(new ReleaseReply(s.Turn, s.Generation, WasSpeculative: false));
        return new TurnStep(s, effects);
    }

    /// <summary>The user takes the floor from the agent.</summary>
    public static TurnStep Interrupt(TurnState s, string why)
    {
        var (effects, partial) = (new List<TurnEffect>(), s.Partial);
        s = Cut(KeepUnheard(s), effects, why);
        return Floor(NewTurn(s, UserPhase(s)) with { Partial = partial }, effects, why);
    }

    /// <summary>The user goes on with the turn that the agent answers: the answer is taken back, and the turn is as if it had not
    /// been over.</summary>
    public static TurnStep TakeBack(TurnState s, TurnPolicy policy, string why)
    {
        var effects = new List<TurnEffect> { new TakeBack(s.Turn, s.Generation) };
        var pause = Math.Clamp(s.UtteranceBegan - s.Marks.LastVoiced, 0, policy.MaximumWait);
        s = Cut(s, effects, why);
        return Floor(Paused(s, pause, policy) with { Phase = UserPhase(s) }, effects, why);
    }

    /// <summary>The user paused inside the turn and went on.</summary>
    public static TurnState Paused(TurnState s, long pause, TurnPolicy policy) => s with
    {
        Ending = null,
        PausedInTurn = true,
        LongestPause = Math.Max(s.LongestPause, pause),
        PauseHabit = policy.Adapt(s.PauseHabit, pause),
    };

    /// <summary>A final text joins the turn; once all are in, the wait for its end is set and a reply may begin early.</summary>
    public static TurnStep Heard(TurnState s, int utterance, string text, TurnPolicy policy, List<TurnEffect> effects, string? why = null)
    {
        s = s with { FinalUtterance = utterance, Text = SpokenWords.Join(s.Text, text.Trim()), Partial = "" };
        if (!s.AllFinal || s.Phase != TurnPhase.WaitingForEnd)
        {
            effects.Add(new ShowTranscript(s.Turn, s.Text));
            return new TurnStep(s, effects, why);
        }

        if (s.Text.Length == 0)
        {
            effects.Add(new DropTurn(s.Turn));
            return new TurnStep(s with { Phase = TurnPhase.Listening }, effects, why);
        }

        var wait = policy.Wait(s.Text, s.PauseHabit, s.LongestPause);
        s = s with { Ending = wait, Marks = s.Marks with { Text = s.Now } };
        effects.Add(new ShowTranscript(s.Turn, s.Text));
        if (policy.Speculate && wait.Samples < policy.MaximumSpeculativeWait)
        {
            s = Cut(s, effects, "the text changed");
            s = Reply(s, effects, s.Text, null, speculative: true);
        }

        return new TurnStep(s, effects, why ?? $"{wait.Why}: waiting {wait.Samples * 1000 / AudioFormat.SampleRateHz} ms");
    }

    /// <summary>It was nothing: the agent goes on, or still thinks if nothing was heard of it yet.</summary>
    public static TurnStep GoOn(TurnState s, string why) => new(
        s with { Phase = s.Played > 0 ? TurnPhase.Speaking : TurnPhase.Thinking, UndecidedSince = null, Partial = "", ProgressAt = s.Now },
        [new GoOn(s.Turn, s.Generation, why)],
        why);

    private static TurnPhase UserPhase(TurnState s) => s.Voiced ? TurnPhase.UserSpeaking : TurnPhase.WaitingForEnd;

    private static TurnStep Floor(TurnState s, List<TurnEffect> effects, string why)
    {
        effects.Add(new OpenTurn(s.Turn, s.Utterance, s.UtteranceBegan));
        if (!s.Voiced)
        {
            effects.Add(new UserFellSilent(s.Turn, s.LastAudible));
        }

        return new TurnStep(s, effects, why);
    }
}
