using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns.Interruption;
using static CsmAgent.Conversation.Protocol.TurnPhase;
using static CsmAgent.Conversation.Turns.TurnGuards;
using static CsmAgent.Conversation.Turns.TurnTransition;

namespace CsmAgent.Conversation.Turns;

/// <summary>Every move of the turn machine, in one table. The first row that fits an event is taken.</summary>
internal static class TurnTransitions
{
    private static readonly TurnPhase[] Running = [Listening, UserSpeaking, WaitingForEnd, Thinking, Speaking, Ducked, Paused];
    private static readonly TurnPhase[] WithReply = [WaitingForEnd, Thinking, Speaking, Ducked, Paused];
    private static readonly TurnPhase[] Undecided = [Ducked, Paused];

    public static IReadOnlyList<TurnTransition> Table { get; } = [.. Device(), .. Voice(), .. Words(), .. Time(), .. Replies(), .. Wishes(), Announcements()];

    private static IEnumerable<TurnTransition> Device() =>
    [
        Row<DeviceStarted>("device-started", [Idle, Recovering], "", Always, [Listening], [],
            (s, e, _) => new(s with { Phase = Listening, Voiced = false, FinalUtterance = s.Utterance, Text = "", Partial = "", UndecidedSince = null }, [])),
        Row<DeviceWasLost>("device-lost", [Idle, .. Running], "", Always, [Recovering], [typeof(CutReply)],
            (s, e, _) =>
            {
                var effects = new List<TurnEffect>();
                s = TurnMoves.Cut(TurnMoves.KeepUnheard(s), effects, "the device was lost");
                return new(s with { Phase = Recovering, Voiced = false }, effects);
            }),
    ];

    private static IEnumerable<TurnTransition> Voice() =>
    [
        Row<VoiceStarted>("user-starts", [Listening], "a new utterance", IsNew, [UserSpeaking], [typeof(OpenTurn)],
            (s, e, _) =>
            {
                s = TurnMoves.NewTurn(Begin(s, e), UserSpeaking);
                return new(s, [new OpenTurn(s.Turn, s.Utterance, s.FirstVoiced)]);
            }),
        Row<VoiceStarted>("user-goes-on", [WaitingForEnd], "a new utterance", IsNew, [UserSpeaking], [typeof(OpenTurn), typeof(CutReply)],
            (s, e, p) =>
            {
                var pause = Math.Max(0, e.FirstVoiced - s.LastVoiced);
                var effects = new List<TurnEffect>();
                s = TurnMoves.Cut(s, effects, "the user went on");
                s = TurnMoves.Paused(Begin(s, e), pause, p) with { Phase = UserSpeaking };
                effects.Add(new OpenTurn(s.Turn, s.Utterance, s.UtteranceBegan));
                return new(s, effects);
            }),
        Row<VoiceStarted>("user-speaks-before-first-sound", [Thinking], "a new utterance", IsNew, [Paused], [typeof(Hold)],
            (s, e, _) => new(Begin(s, e) with { Phase = Paused, UndecidedSince = null }, [new Hold(s.Turn, s.Generation)])),
        Row<VoiceStarted>("user-may-interrupt", [Speaking], "a new utterance and barge-in is enabled", (s, e, p) => IsNew(s, e, p) && p.BargeIn,
            [Ducked], [typeof(Duck)],
            (s, e, _) => new(Begin(s, e) with { Phase = Ducked, UndecidedSince = null }, [new Duck(s.Turn, s.Generation)])),
        Note<VoiceStarted>("user-speaks-over-the-agent", [Speaking, Ducked, Paused], "a new utterance", IsNew,
            (s, e) => Begin(s, e) with { UndecidedSince = null }),
        Note<VoiceSounded>("voice-sounds", Running, "of the utterance now spoken", (s, e, _) => s.Voiced && e.Utterance == s.Utterance,
            (s, e) => s with { Sound = e.Sound }),
        Row<VoiceEnded>("user-pauses", [UserSpeaking], "the newest utterance ends", EndsNewest, [WaitingForEnd], [typeof(UserFellSilent)],
            (s, e, _) => new(End(s, e) with { Phase = WaitingForEnd, Ending = null }, [new UserFellSilent(s.Turn, e.LastAudible)])),
        Row<VoiceEnded>("click", [Ducked], "it was shorter than the time before the pause",
            (s, e, p) => EndsNewest(s, e, p) && e.LastVoiced - s.UtteranceBegan < p.PauseAfter, [Speaking], [typeof(GoOn)],
            (s, e, _) => TurnMoves.GoOn(End(s, e), "it was too short for a word")),
        Note<VoiceEnded>("deciding", Undecided, "the newest utterance ends", EndsNewest,
            (s, e) => End(s, e) with { UndecidedSince = s.Now }),
        Note<VoiceEnded>("user-falls-silent", [Listening, Thinking, Speaking], "the newest utterance ends", EndsNewest, End),
    ];

    private static IEnumerable<TurnTransition> Words() =>
    [
        Row<PartialHeard>("taken-back-by-words", Undecided, "the words so far want the floor and go on with the turn being answered",
            (s, e, p) => IsNewest(s, e) && GoesOn(s, p, e.Utterance, e.Text, isFinal: false),
            [UserSpeaking, WaitingForEnd], [typeof(TakeBack), typeof(CutReply), typeof(OpenTurn), typeof(UserFellSilent)],
            (s, e, p) => TurnMoves.TakeBack(s with { Partial = e.Text }, p, p.Judge(s, e.Utterance, e.Text, isFinal: false).Why)),
        Row<PartialHeard>("interrupted-by-words", Undecided, "the words so far want the floor",
            (s, e, p) => IsNewest(s, e) && WantsFloor(s, p, e.Utterance, e.Text, isFinal: false),
            [UserSpeaking, WaitingForEnd], [typeof(CutReply), typeof(OpenTurn), typeof(UserFellSilent)],
            (s, e, p) => TurnMoves.Interrupt(s with { Partial = e.Text }, p.Judge(s, e.Utterance, e.Text, isFinal: false).Why)),
        Row<PartialHeard>("partial", [UserSpeaking, WaitingForEnd], "of the newest utterance", (s, e, _) => IsNewest(s, e), [],
            [typeof(ShowTranscript)],
            (s, e, _) => new(s with { Partial = e.Text }, [new ShowTranscript(s.Turn, SpokenWords.Join(s.Text, e.Text))])),
        Note<PartialHeard>("partial-over-the-agent", Undecided, "of the newest utterance", (s, e, _) => IsNewest(s, e),
            (s, e) => s with { Partial = e.Text }),
        Row<FinalHeard>("taken-back-by-final-words", [Speaking, Ducked, Paused], "the words want the floor and go on with the turn being answered",
            (s, e, p) => p.BargeIn && IsDue(s, e) && GoesOn(s, p, e.Utterance, e.Text, isFinal: true),
            [UserSpeaking, WaitingForEnd],
            [typeof(TakeBack), typeof(CutReply), typeof(OpenTurn), typeof(UserFellSilent), typeof(ShowTranscript), typeof(StartReply)],
            (s, e, p) =>
            {
                var why = p.Judge(s, e.Utterance, e.Text, isFinal: true).Why;
                var open = TurnMoves.TakeBack(s, p, why);
                return TurnMoves.Heard(open.State, e.Utterance, e.Text, p, [.. open.Effects], why);
            }),
        Row<FinalHeard>("interrupted-by-final-words", [Speaking, Ducked, Paused], "the words want the floor",
            (s, e, p) => p.BargeIn && IsDue(s, e) && WantsFloor(s, p, e.Utterance, e.Text, isFinal: true),
            [UserSpeaking, WaitingForEnd],
            [typeof(CutReply), typeof(OpenTurn), typeof(UserFellSilent), typeof(ShowTranscript), typeof(StartReply)],
            (s, e, p) =>
            {
                var why = p.Judge(s, e.Utterance, e.Text, isFinal: true).Why;
                var cut = TurnMoves.Interrupt(s, why);
                return TurnMoves.Heard(cut.State, e.Utterance, e.Text, p, [.. cut.Effects], why);
            }),
        Row<FinalHeard>("backchannel", Undecided, "the user is silent again and the words do not want the floor",
            (s, e, _) => IsDue(s, e) && !s.Voiced, [Speaking, Thinking], [typeof(GoOn)],
            (s, e, p) => TurnMoves.GoOn(s with { FinalUtterance = e.Utterance }, p.Judge(s, e.Utterance, e.Text, isFinal: true).Why)),
        Row<FinalHeard>("text", [UserSpeaking, WaitingForEnd], "of an utterance of this turn", (s, e, _) => IsDue(s, e),
            [WaitingForEnd, Listening, UserSpeaking], [typeof(ShowTranscript), typeof(DropTurn), typeof(StartReply)],
            (s, e, p) => TurnMoves.Heard(s, e.Utterance, e.Text, p, [])),
        Note<FinalHeard>("text-not-wanted", [Speaking, Thinking, Ducked, Paused], "of an utterance not yet final", (s, e, _) => IsDue(s, e),
            (s, e) => s with { FinalUtterance = e.Utterance }),
    ];

    private static IEnumerable<TurnTransition> Time() =>
    [
        Row<Tick>("turn-over", [WaitingForEnd], "the text is final and the silence long enough",
            (s, _, _) => s.AllFinal && s.Ending is { } wait && s.Now >= s.LastVoiced + wait.Samples,
            [Thinking], [typeof(CommitTurn), typeof(StartReply), typeof(ReleaseReply)],
            (s, _, p) => TurnMoves.TurnOver(s.PausedInTurn ? s : s with { PauseHabit = p.Relax(s.PauseHabit) }, s.Ending!.Why)),
        Row<Tick>("turn-over-without-final-text", [WaitingForEnd], "the recogniser is late and there is text",
            (s, _, p) => IsRecognizerLate(s, p) && (s.Text.Length > 0 || s.Partial.Length > 0),
            [Thinking], [typeof(CommitTurn), typeof(StartReply), typeof(ReleaseReply), typeof(Complain)],
            (s, _, _) =>
            {
                s = s with { Text = SpokenWords.Join(s.Text, s.Partial), Partial = "", FinalUtterance = s.Utterance };
                var step = TurnMoves.TurnOver(s, "the recogniser did not finish in time");
                return step with { Effects = [.. step.Effects, new Complain(s.Turn, "recognition", "The recogniser did not finish in time; going on with what it had.")] };
            }),
        Row<Tick>("turn-lost", [WaitingForEnd], "the recogniser is late and there is no text", (s, _, p) => IsRecognizerLate(s, p),
            [Listening], [typeof(DropTurn), typeof(Complain)],
            (s, _, _) => new(
                s with { Phase = Listening, FinalUtterance = s.Utterance },
                [new DropTurn(s.Turn), new Complain(s.Turn, "recognition", "The recogniser gave no text in time; please say it again.")])),
        Row<Tick>("turn-too-long", [UserSpeaking, WaitingForEnd], "the turn has reached its limit",
            (s, _, p) => s.Now - s.FirstVoiced >= p.MaximumTurn,
            [Thinking], [typeof(CommitTurn), typeof(StartReply), typeof(ReleaseReply), typeof(CutReply)],
            (s, _, _) =>
            {
                s = s with
                {
                    Text = SpokenWords.Join(s.Text, s.Partial),
                    Partial = "",
                    FinalUtterance = s.Utterance,
                    LastVoiced = s.Voiced ? s.Now : s.LastVoiced,
                    LastAudible = s.Voiced ? s.Now : s.LastAudible,
                };
                return TurnMoves.TurnOver(s, "the turn reached its limit", TurnMoves.TurnTooLong);
            }),
        Row<Tick>("hold", [Ducked], "the user has spoken long enough", (s, _, p) => s.Voiced && s.VoicedFor >= p.PauseAfter, [Paused], [typeof(Hold)],
            (s, _, _) => new(s with { Phase = Paused }, [new Hold(s.Turn, s.Generation)])),
        Row<Tick>("bystander", Undecided, "the voice is far from the user's own", (s, _, _) => s.Voiced && InterruptionJudge.IsBystander(s.Sound),
            [Speaking, Thinking], [typeof(GoOn)],
            (s, _, _) => TurnMoves.GoOn(s, "somebody else speaks, further away")),
        Row<Tick>("taken-back-by-length", [Paused], "somebody speaks on and on and goes on with the turn being answered",
            (s, _, p) => s.Voiced && s.VoicedFor >= p.YieldAfter && p.GoesOn(s, Addressee.Anybody),
            [UserSpeaking], [typeof(TakeBack), typeof(CutReply), typeof(OpenTurn)],
            (s, _, p) => TurnMoves.TakeBack(s, p, $"the user spoke for {s.VoicedFor * 1000 / AudioFormat.SampleRateHz} ms")),
        Row<Tick>("interrupted-by-length", [Paused], "somebody speaks on and on", (s, _, p) => s.Voiced && s.VoicedFor >= p.YieldAfter,
            [UserSpeaking], [typeof(CutReply), typeof(OpenTurn)],
            (s, _, _) => TurnMoves.Interrupt(s, $"the user spoke for {s.VoicedFor * 1000 / AudioFormat.SampleRateHz} ms")),
        Row<Tick>("nothing-came-of-it", Undecided, "no words came in time",
            (s, _, p) => !s.Voiced && s.UndecidedSince is { } since && s.Now >= since + p.DecideWithin, [Speaking, Thinking], [typeof(GoOn)],
            (s, _, _) => TurnMoves.GoOn(s, "no words came in time")),
        Row<Tick>("announce", [Listening], "something is to be said unasked and both have been silent",
            (s, _, p) => s.Announcement.Length > 0 && s.Now >= Math.Max(s.LastVoiced, s.ProgressAt) + p.SilenceBeforeAnnouncement,
            [Thinking], [typeof(StartReply), typeof(ReleaseReply)], (s, _, _) => TurnMoves.Announce(s)),
        Row<Tick>("nothing-to-say", [Thinking], "the reply is complete and has no frame", (s, _, _) => s is { SpeechComplete: true, Generated: 0 },
            [Thinking, Listening, UserSpeaking],
            [typeof(CutReply), typeof(StartReply), typeof(ReleaseReply), typeof(Complain), typeof(OpenTurn)],
            (s, _, _) =>
            {
                var effects = new List<TurnEffect>();
                if (!s.SpeechFailed)
                {
                    effects.Add(new Complain(s.Turn, "reply", "The reply had nothing in it that can be spoken."));
                }

                s = TurnMoves.Cut(s, effects, "nothing to say");
                return s is { SpeechFailed: true, IsApology: false } ? Apologise(s, effects) : TurnMoves.Settle(s, effects);
            }),
        Row<Tick>("reply-over", [Speaking], "the last sample was played", IsPlayed, [Listening, UserSpeaking], [typeof(EndReply), typeof(OpenTurn)],
            (s, _, _) => TurnMoves.Settle(s with { ReplyLive = false }, [new EndReply(s.Turn, s.Generation)])),
        Row<Tick>("reply-over-while-undecided", Undecided, "the last sample was played", IsPlayed, [UserSpeaking, WaitingForEnd],
            [typeof(EndReply), typeof(OpenTurn), typeof(UserFellSilent)],
            (s, _, _) =>
            {
                var effects = new List<TurnEffect> { new EndReply(s.Turn, s.Generation) };
                s = s with { ReplyLive = false };
                if (s.Voiced)
                {
                    return TurnMoves.Settle(s, effects);
                }

                var partial = s.Partial;
                s = TurnMoves.NewTurn(s, WaitingForEnd) with { Partial = partial };
                effects.Add(new OpenTurn(s.Turn, s.Utterance, s.FirstVoiced));
                effects.Add(new UserFellSilent(s.Turn, s.LastAudible));
                return new(s, effects);
            }),
        Row<Tick>("reply-stuck", [Thinking], "no text, frame or sound for too long", IsStuck, [Thinking, Listening, UserSpeaking],
            [typeof(CutReply), typeof(StartReply), typeof(ReleaseReply), typeof(Complain), typeof(OpenTurn)],
            (s, _, p) =>
            {
                var effects = new List<TurnEffect> { Stuck(s, p) };
                s = TurnMoves.Cut(s, effects, "it did not get on");
                return s.IsApology ? TurnMoves.Settle(s, effects) : Apologise(s, effects);
            }),
        Row<Tick>("speech-stuck", [Speaking], "no frame or sound for too long", IsStuck, [Listening, UserSpeaking],
            [typeof(CutReply), typeof(Complain), typeof(OpenTurn)],
            (s, _, p) =>
            {
                var effects = new List<TurnEffect> { Stuck(s, p) };
                return TurnMoves.Settle(TurnMoves.Cut(s, effects, "it did not get on"), effects);
            }),
    ];

    private static IEnumerable<TurnTransition> Replies() =>
    [
        Note<ReplyPiece>("reply-text", WithReply, "of the live reply", (s, e, _) => IsLive(s, e.Generation),
            (s, _) => s with { ProgressAt = s.Now, Marks = s.Marks.FirstToken > 0 ? s.Marks : s.Marks with { FirstToken = s.Now } }),
        Note<FrameGenerated>("frame-generated", WithReply, "of the live reply, one more", (s, e, _) => IsLive(s, e.Generation) && e.Frames > s.Generated && !s.SpeechComplete,
            (s, e) => s with { Generated = e.Frames, ProgressAt = s.Now, Marks = s.Generated > 0 ? s.Marks : s.Marks with { FirstFrame = s.Now } }),
        Row<SpeechComplete>("early-reply-failed", [WaitingForEnd], "of the live reply, with no frame",
            (s, e, _) => IsLive(s, e.Generation) && e.Frames == 0, [], [typeof(CutReply)],
            (s, e, _) =>
            {
                var effects = new List<TurnEffect>();
                return new(TurnMoves.Cut(s, effects, "nothing to say"), effects);
            }),
        Note<SpeechComplete>("all-generated", WithReply, "of the live reply, once", (s, e, _) => IsLive(s, e.Generation) && !s.SpeechComplete,
            (s, e) => s with { Generated = e.Frames, SpeechComplete = true, SpeechFailed = e.Failed, ProgressAt = s.Now }),
        Row<Played>("first-sound", [Thinking, Paused], "the first sample of the live reply was played",
            (s, e, _) => IsLive(s, e.Generation) && s.Played == 0 && e.Samples > 0, [Speaking, Paused], [typeof(FirstSound)],
            (s, e, _) => new(
                s with { Phase = s.Phase == Thinking ? Speaking : Paused, Played = e.Samples, ProgressAt = s.Now, Marks = s.Marks with { FirstSound = e.FirstSample } },
                [new FirstSound(s.Turn, s.Generation, e.FirstSample, s.Marks)])),
        Note<Played>("played", [Speaking, Ducked, Paused], "more of the live reply was played",
            (s, e, _) => IsLive(s, e.Generation) && e.Samples > s.Played,
            (s, e) => s with { Played = e.Samples, ProgressAt = s.Now }),
    ];

    private static IEnumerable<TurnTransition> Wishes() =>
    [
        Row<TextTyped>("typed", Running, "it has words", (_, e, _) => !string.IsNullOrWhiteSpace(e.Text), [Thinking],
            [typeof(CutReply), typeof(CommitTurn), typeof(StartReply), typeof(ReleaseReply)],
            (s, e, _) =>
            {
                var effects = new List<TurnEffect>();
                s = TurnMoves.Cut(TurnMoves.KeepUnheard(s), effects, "the user typed");
                s = TurnMoves.NewTurn(s with { UtteranceBegan = s.Now, FinalUtterance = s.Utterance, LastVoiced = s.Now, LastAudible = s.Now }, s.Phase) with { Text = e.Text.Trim() };
                var over = TurnMoves.TurnOver(s, "typed");
                return over with { Effects = [.. effects, .. over.Effects] };
            }),
        Row<FloorGiven>("floor-given", [Listening], "nobody speaks", (s, _, _) => !s.Voiced, [Thinking], [typeof(StartReply), typeof(ReleaseReply)],
            (s, e, _) => TurnMoves.GiveFloor(s, e.Text)),
        Row<StopRequested>("stopped", WithReply, "a reply is live", (s, _, _) => s.ReplyLive, [Listening, UserSpeaking], [typeof(CutReply), typeof(OpenTurn)],
            (s, _, _) =>
            {
                var effects = new List<TurnEffect>();
                return TurnMoves.Settle(TurnMoves.Cut(s, effects, "the user pressed stop"), effects);
            }),
    ];

    // It waits until nobody speaks; several at once are one sentence after the other.
    private static TurnTransition Announcements() =>
        Note<AnnouncementDue>("announcement-due", [Idle, Recovering, .. Running], "it has words", (_, e, _) => !string.IsNullOrWhiteSpace(e.Text),
            (s, e) => s with { Announcement = SpokenWords.Join(s.Announcement, e.Text.Trim()) });

    private static TurnState Begin(TurnState s, VoiceStarted e) =>
        s with { Voiced = true, Utterance = e.Utterance, UtteranceBegan = e.FirstVoiced, Partial = "", Sound = null, SoundBefore = s.Sound };

    private static TurnState End(TurnState s, VoiceEnded e) =>
        s with { Voiced = false, LastVoiced = Math.Max(e.LastVoiced, s.UtteranceBegan), LastAudible = Math.Max(e.LastAudible, s.UtteranceBegan) };

    private static TurnStep Apologise(TurnState s, List<TurnEffect> effects)
    {
        s = TurnMoves.Reply(s, effects, "", TurnMoves.Apology, speculative: false, apology: true) with { Phase = Thinking };
        effects.Add(new ReleaseReply(s.Turn, s.Generation, WasSpeculative: false));
        return new(s, effects);
    }

    private static Complain Stuck(TurnState s, TurnPolicy p) => new(
        s.Turn, s.Generated > 0 ? "synthesis" : "reply", $"The reply did not get on for {p.ReplyTimeout / AudioFormat.SampleRateHz} s and was given up.");
}
