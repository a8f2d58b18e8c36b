using CsmAgent.Audio;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Turns.Endpointing;
using CsmAgent.Conversation.Turns.Interruption;

namespace CsmAgent.Conversation.Turns;

/// <summary>The options in samples, and the judgements that depend on them. Immutable.</summary>
internal sealed class TurnPolicy
{
    // A finished clause after a pause for thought is waited for as long as that pause was, up to this: with what the
    // ear takes to hear the end, an answer is then due within 900 ms.
    private const double MostForPausesMs = 750;

    private readonly EndpointingOptions _ending;
    private readonly InterruptionJudge _judge;

    public TurnPolicy(ConversationOptions options, bool maySpeculate)
    {
        _ending = options.Endpointing;
        _judge = new InterruptionJudge(options.BargeIn.Backchannels);
        Speculate = options.Speculate && maySpeculate;
        BargeIn = options.BargeIn.Enabled;
        PauseAfter = Samples(options.BargeIn.PauseAfterMs);
        YieldAfter = Samples(options.BargeIn.YieldAfterMs);
        DecideWithin = Samples(options.BargeIn.DecideWithinMs);
        TakeBackWithin = Samples(options.BargeIn.TakeBackWithinMs);
        MaximumWait = Samples(_ending.MaximumWaitMs);
        MaximumTurn = Samples(_ending.MaximumTurnSeconds * 1000L);
        ReplyTimeout = Samples(options.ReplyTimeoutSeconds * 1000L);
    }

    public bool Speculate { get; }

    public bool BargeIn { get; }

    public long PauseAfter { get; }

    public long YieldAfter { get; }

    public long DecideWithin { get; }

    public long TakeBackWithin { get; }

    public long MaximumWait { get; }

    /// <summary>How long a final text is waited for past the longest silence before the partial text has to do.</summary>
    public long RecognizerGrace { get; } = Samples(2000);

    /// <summary>A reply is begun early only when the turn is likely over: when the wait is shorter than this.</summary>
    public long MaximumSpeculativeWait { get; } = Samples(900);

    /// <summary>How long both have been silent when the agent speaks unasked.</summary>
    public long SilenceBeforeAnnouncement { get; } = Samples(500);

    public long MaximumTurn { get; }

    public long ReplyTimeout { get; }

    public static long Samples(double milliseconds) => (long)(milliseconds * AudioFormat.SampleRateHz / 1000);

    /// <summary>Is what was said over the agent's voice meant to stop it?</summary>
    public Judgement Judge(TurnState s, int utterance, string text, bool isFinal)
    {
        var sound = utterance == s.Utterance ? s.Sound : s.SoundBefore;
        var activeMs = sound?.ActiveMs ?? (int)(s.VoicedFor * 1000 / AudioFormat.SampleRateHz);
        var judgement = _judge.Judge(text, isFinal, activeMs, sound);

        // Before the agent was heard, or hardly, there is nothing to interrupt: whoever is near goes on with their own turn. What is
        // as short as a murmur must also sound like more of the same: "at three".
        var mayGoOn = s.Played == 0 || (HasHardlyBegun(s) && (!InterruptionJudge.IsMurmur(activeMs) || ClauseWords.AreAddition(SpokenWords.Split(text))));
        return judgement.Verdict == Verdict.Elsewhere && mayGoOn && InterruptionJudge.IsNear(sound)
            ? judgement with { Verdict = Verdict.Interrupts, Why = $"the user went on: '{text}'" }
            : judgement;
    }

    /// <summary>Do words that want the floor go on with the turn that the agent answers? Before its first sound all do; in its first
    /// moment those that are neither a stop nor, after a finished clause, a request of their own.</summary>
    /// <param name="s">The state.</param>
    /// <param name="addressee">Whom the words are meant for.</param>
    public bool GoesOn(TurnState s, Addressee addressee) => s.Text.Length > 0 && (s.Played == 0 || (HasHardlyBegun(s) && addressee switch
    {
        Addressee.Stop or Addressee.Call => false,
        Addressee.Request => ClauseCompleteness.Judge(s.Text).Completeness != Completeness.Complete,
        _ => true,
    }));

    /// <summary>How much silence ends a turn that says <paramref name="text"/> so far.</summary>
    /// <remarks>Melody was measured and decides nothing: on the recorded turns the last 100 ms of voice lie 3.4 semitones below the
    /// speaker's median before a pause inside a turn and 3.3 at its end, on people's recordings 1.5 and 0.9; the last syllables are as long.</remarks>
    /// <param name="text">The turn's text so far.</param>
    /// <param name="pauseHabit">The speaker's pauses inside turns, averaged.</param>
    /// <param name="longestPause">The longest pause inside this turn: who has stopped to think once stops again.</param>
    public EndingWait Wait(string text, double pauseHabit, long longestPause = 0)
    {
        var clause = ClauseCompleteness.Judge(text);
        var pause = longestPause * 1000.0 / AudioFormat.SampleRateHz;
        var complete = Math.Max(_ending.CompleteWaitMs * Habit(pauseHabit), Math.Min(pause, MostForPausesMs));
        var wait = clause.Completeness switch
        {
            Completeness.Complete => complete,
            Completeness.Incomplete => Math.Max(_ending.IncompleteWaitMs, pauseHabit * 1000 / AudioFormat.SampleRateHz * 1.5),
            _ => Math.Min(_ending.IncompleteWaitMs, Math.Max(complete, _ending.CompleteWaitMs * 2 * Habit(pauseHabit))),
        };
        return new EndingWait(Samples(Math.Min(wait, _ending.MaximumWaitMs)), clause.Why);
    }

    /// <summary>The speaker's habit after one more pause inside a turn.</summary>
    public double Adapt(double pauseHabit, long pause) =>
        pauseHabit == 0 ? pause : pauseHabit + _ending.AdaptationRate * (pause - pauseHabit);

    /// <summary>The speaker's habit after a turn without a pause: slowly back to an ordinary one.</summary>
    public double Relax(double pauseHabit) => pauseHabit == 0 ? 0 : pauseHabit + _ending.AdaptationRate * (Samples(600) - pauseHabit);

    // Nobody has understood an answer so soon: who speaks was about to anyway.
    private bool HasHardlyBegun(TurnState s) => s.Marks.FirstSound > 0 && s.UtteranceBegan < s.Marks.FirstSound + TakeBackWithin;

    // Somebody who pauses for 600 ms gets the configured wait; slower thinkers up to half as much again, faster ones less.
    private static double Habit(double pauseHabit) =>
        pauseHabit == 0 ? 1 : Math.Clamp(pauseHabit / Samples(600), 0.8, 1.5);
}
