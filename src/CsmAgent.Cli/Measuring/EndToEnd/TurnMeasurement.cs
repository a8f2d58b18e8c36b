using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Measurement;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Reply.Desk;

namespace CsmAgent.Cli.Measuring.EndToEnd;

/// <summary>Measures every recorded turn of a finished conversation from what was played and from the agent's events.</summary>
internal sealed class TurnMeasurement(
    IReadOnlyList<RecordedTurn> turns, TurnTalker talker, PlayedSound played, ComputeClock clock, IReadOnlyList<ConversationEvent> events, TurnManifest manifest)
{
    // A held reply plays to the edge of its frame and fades: at most this much longer.
    private const long FrameEdge = 2 * AudioFormat.FrameSamples;

    // What is said this long after a turn may still be cut or held because of it.
    private const long Aftermath = 2 * AudioFormat.SampleRateHz;

    /// <summary>Figures of every turn that began.</summary>
    public IEnumerable<TurnFigures> Turns() => Enumerable.Range(0, talker.TurnsBegun).Select(Turn);

    /// <summary>Replies that were held or cut although the user said nothing: the agent's own echo, or nothing at all.</summary>
    public int FalseInterruptions() =>
        events.Count(happened => happened is ConversationEvents.AgentPaused && !IsUserNear(happened.AtSample))
        + events.OfType<ConversationEvents.AgentTurnEnded>().Count(ended =>
            ended is { WasInterrupted: true, LastPlayedSample: { } last } && !IsUserNear(ended.AtSample) && last < played.Samples.Length - AudioFormat.SampleRateHz);

    /// <summary>Frames made before it was sure that the turn was over: those that were spoken then, and those made for nothing.</summary>
    public (int Kept, int Wasted) EarlyFrames()
    {
        var early = events.OfType<ConversationEvents.SpeculationEnded>().ToLookup(e => e.WasKept, e => e.Frames);
        return (early[true].Sum(), early[false].Sum());
    }

    private TurnFigures Turn(int number)
    {
        var turn = turns[number];
        var start = talker.StartOf(number);
        var next = number + 1 < talker.TurnsBegun ? talker.StartOf(number + 1) : long.MaxValue;
        var mouth = start + MouthToEar.LastVoicedSample(turn.Samples.Span);
        var ended = events.OfType<ConversationEvents.UserTurnEnded>().Where(e => e.AtSample > start && e.AtSample < next).ToArray();
        // A turn that went on is told again, whole.
        var turnsHeard = ended.GroupBy(e => e.Turn).Select(same => same.Last().Text).ToArray();
        var heard = string.Join(' ', turnsHeard);
        var intent = manifest.Intent(turn.Name);
        var over = turn.Start == TurnStart.AgentSpeaking;
        var answer = over ? -1 : MouthToEar.FirstAudibleSample(played.Samples, (int)mouth);
        var ear = answer < 0 || answer >= next ? null : (long?)answer;
        var last = ended.LastOrDefault();
        return new TurnFigures(
            turn.Name,
            Since(mouth, ear),
            ear is { } heardAt ? CountersOff(start, next, heardAt - mouth) : null,
            ear is { } at ? clock.DelayMs(at) : null,
            over ? null : Since(mouth, last?.AtSample),
            over ? Softened(turn, start, next) : null,
            over && intent != "backchannel" ? Silenced(turn, start, next) : null,
            !over && IsHeardBefore(start, mouth),
            !over && turnsHeard.Length == 1 && events.OfType<ConversationEvents.AnswerTakenBack>().Any(e => e.Turn == last?.Turn),
            heard,
            intent,
            intent is not null && Enum.TryParse<DeskIntent>(intent.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var meant)
                && heard.Length > 0 && IntentRecognizer.Recognize(heard) == meant);
    }

    // A turn cut early is answered twice; what was heard after its last voiced sample is the last answer.
    private double? CountersOff(long start, long next, long outside) =>
        events.OfType<ConversationEvents.TurnLatency>().LastOrDefault(e => e.LastVoicedSample > start && e.LastVoicedSample < next)?.FirstSound is { } told
            ? (told - outside) * 1000.0 / AudioFormat.SampleRateHz
            : null;

    private double? Softened(RecordedTurn turn, long start, long next)
    {
        var mouth = start + FirstVoiced(turn);
        return Since(mouth, events.OfType<ConversationEvents.AgentDucked>().FirstOrDefault(e => e.AtSample >= mouth && e.AtSample < next)?.AtSample);
    }

    // Held first, given up later; a word that stops at once gives it up without holding it.
    private double? Silenced(RecordedTurn turn, long start, long next)
    {
        var mouth = start + FirstVoiced(turn);
        var quiet = events.FirstOrDefault(happened => happened.AtSample >= mouth && happened.AtSample < next
            && happened is ConversationEvents.AgentPaused or ConversationEvents.AgentTurnEnded { WasInterrupted: true });
        var silent = quiet is null ? mouth : PlayedSound.EndOfSound(played.Samples, mouth, quiet.AtSample + FrameEdge);
        return quiet is null ? null : Since(mouth, silent);
    }

    private bool IsHeardBefore(long start, long mouth) => MouthToEar.FirstAudibleSample(played.Samples, (int)start) is var first && first >= 0 && first < mouth;

    private static int FirstVoiced(RecordedTurn turn) => PlayedSound.FirstVoiced(turn.Samples);

    private bool IsUserNear(long sample) => Enumerable.Range(0, talker.TurnsBegun).Any(
        number => sample >= talker.StartOf(number) && sample <= talker.StartOf(number) + turns[number].Samples.Length + Aftermath);

    private double? Since(long from, long? until) =>
        until is { } at ? ((at - from) * 1000.0 / AudioFormat.SampleRateHz) + clock.DelayMs(at) : null;
}
