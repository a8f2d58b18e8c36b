using CsmAgent.Audio;
using CsmAgent.Conversation.Turns.Interruption;

namespace CsmAgent.Conversation.Turns;

/// <summary>Conditions that several transitions share.</summary>
internal static class TurnGuards
{
    public static bool Always<TEvent>(TurnState s, TEvent e, TurnPolicy p) => true;

    public static bool IsNew(TurnState s, VoiceStarted e, TurnPolicy p) => e.Utterance > s.Utterance;

    public static bool EndsNewest(TurnState s, VoiceEnded e, TurnPolicy p) => s.Voiced && e.Utterance == s.Utterance;

    public static bool IsNewest(TurnState s, PartialHeard e) => e.Utterance == s.Utterance && e.Utterance > s.FinalUtterance;

    // An utterance that still goes on has no final text.
    public static bool IsDue(TurnState s, FinalHeard e) =>
        e.Utterance > s.FinalUtterance && (s.Voiced ? e.Utterance < s.Utterance : e.Utterance <= s.Utterance);

    public static bool IsLive(TurnState s, int generation) => s.ReplyLive && generation == s.Generation;

    public static bool IsPlayed(TurnState s, Tick e, TurnPolicy p) =>
        s is { ReplyLive: true, SpeechComplete: true, Generated: > 0 } && s.Played >= (long)s.Generated * AudioFormat.FrameSamples;

    public static bool IsRecognizerLate(TurnState s, TurnPolicy p) =>
        !s.AllFinal && s.Now >= s.LastVoiced + p.MaximumWait + p.RecognizerGrace;

    public static bool IsStuck(TurnState s, Tick e, TurnPolicy p) => s.Now >= s.ProgressAt + p.ReplyTimeout;

    /// <summary>Words over the agent's voice that want the floor, and go on with the turn it answers.</summary>
    public static bool GoesOn(TurnState s, TurnPolicy p, int utterance, string text, bool isFinal) =>
        p.Judge(s, utterance, text, isFinal) is { Verdict: Verdict.Interrupts } words && p.GoesOn(s, words.Addressee);

    /// <summary>Words over the agent's voice that want the floor.</summary>
    public static bool WantsFloor(TurnState s, TurnPolicy p, int utterance, string text, bool isFinal) =>
        p.Judge(s, utterance, text, isFinal).Verdict == Verdict.Interrupts;
}
