using System.Globalization;
using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Recording;
using static CsmAgent.Conversation.Protocol.ConversationEvents.TurnLatency;

namespace CsmAgent.Conversation.Reporting;

/// <summary>Follows one reply through a conversation's log by its generation number: what the user said, what was decided and why, what
/// was prepared, spoken and heard.</summary>
public static class ReplyStory
{
    /// <summary>The story of one reply, line by line: when (minutes:seconds), how many milliseconds after the user's last voiced
    /// sample, what.</summary>
    /// <param name="logPath">A <c>conversation.jsonl</c>.</param>
    /// <param name="generation">The reply's number.</param>
    /// <exception cref="InvalidDataException">The log is not one, or holds no such reply; the message says which there are.</exception>
    public static IReadOnlyList<string> Read(string logPath, int generation) => Tell(ConversationLog.Read(logPath), generation, logPath);

    /// <summary>One line for every reply in a log: its generation, its turn, and what was heard of it.</summary>
    /// <param name="logPath">A <c>conversation.jsonl</c>.</param>
    /// <exception cref="InvalidDataException">The log is not one.</exception>
    public static IReadOnlyList<string> List(string logPath)
    {
        var events = ConversationLog.Read(logPath);
        return
        [
            .. Generations(events).Select(generation =>
            {
                var ended = events.OfType<ConversationEvents.AgentTurnEnded>().LastOrDefault(e => e.Generation == generation);
                var turn = events.Select(EventPlace.Of).First(place => place.Generation == generation).Turn;
                var heard = ended is null ? "(thrown away, never heard)" : $"{ended.HeardText}{(ended.WasInterrupted ? " [cut]" : "")}";
                return $"generation {generation,3}  turn {turn,3}  {heard}";
            }),
        ];
    }

    private static List<string> Tell(IReadOnlyList<ConversationEvent> events, int generation, string logPath)
    {
        var all = Generations(events);
        if (!all.Contains(generation))
        {
            throw new InvalidDataException($"{logPath} holds no reply of generation {generation}; it has {(all.Count == 0 ? "none" : $"{all[0]} to {all[^1]}")}.");
        }

        var turn = events.Select(EventPlace.Of).First(place => place.Generation == generation).Turn;
        var mine = events.Where(e => IsOf(EventPlace.Of(e), turn, generation)).ToArray();
        var zero = mine.OfType<ConversationEvents.TurnLatency>().FirstOrDefault()?.LastVoicedSample
            ?? mine.OfType<ConversationEvents.UserSpeechEnded>().LastOrDefault()?.LastVoicedSample;
        var text = string.Concat(mine.OfType<ConversationEvents.ReplyText>().Select(e => e.Piece)).Trim();
        var (lines, isWritten) = (new List<string>(), false);
        foreach (var e in mine)
        {
            // The reply's text comes in pieces; it is told once, where it begins.
            var what = e is ConversationEvents.ReplyText ? isWritten ? null : $"reply begins: {text}" : Describe(e);
            isWritten |= e is ConversationEvents.ReplyText;
            if (what is not null)
            {
                lines.Add($"{Time(e.AtSample)}  {(zero is { } from ? Since(e.AtSample - from) : ""),9}  {what}");
            }
        }

        return lines;
    }

    private static List<int> Generations(IEnumerable<ConversationEvent> events) =>
        [.. events.Where(e => e is not ConversationEvents.PhaseChanged).Select(e => EventPlace.Of(e).Generation).OfType<int>().Where(g => g > 0).Distinct().Order()];

    private static bool IsOf(EventPlace place, int? turn, int generation) => place.Turn == turn && (place.Generation ?? generation) == generation;

    private static string? Describe(ConversationEvent e) => e switch
    {
        ConversationEvents.UserSpeechStarted x => $"user speaks, from {Time(x.FirstVoicedSample)}",
        ConversationEvents.UserSpeechEnded x => $"user is silent, since {Time(x.LastVoicedSample)}",
        ConversationEvents.PartialTranscript x => $"heard so far: {x.Text}",
        ConversationEvents.UserTurnEnded x => $"turn {x.Turn} is over ({x.Why}): {x.Text}",
        ConversationEvents.NothingRecognised => "no words were recognised",
        ConversationEvents.PhaseChanged x => $"{x.From} -> {x.To} by {x.Transition}{(x.Why is null ? "" : $" ({x.Why})")}",
        ConversationEvents.ClauseStarted x => $"clause {x.Clause} to the voice: {x.Text}",
        ConversationEvents.SpeculationEnded x => x.WasKept
            ? $"begun early and kept, {x.Frames} frames were ready"
            : $"begun early and thrown away, {x.Frames} frames were wasted",
        ConversationEvents.AgentSpeechStarted x => $"first sound at {Time(x.FirstPlayedSample)}",
        ConversationEvents.TurnLatency x =>
            $"mouth to ear {Number(x.MouthToEar)} ms: end of turn {Number(x.EndOfTurn)}, text {Number(x.Text)}, first token {Number(x.FirstToken)}, "
            + $"first frame {Number(x.FirstFrame)}, first sound {Number(x.FirstSound)}",
        ConversationEvents.AgentDucked => "voice lowered: somebody speaks",
        ConversationEvents.AgentPaused => "voice held",
        ConversationEvents.AnswerTakenBack => "taken back: the user goes on with the turn",
        ConversationEvents.AgentResumed x => $"voice goes on: {x.Why}",
        ConversationEvents.AgentTurnEnded x =>
            $"{(x.WasInterrupted ? "cut" : "spoken to its end")}, {x.HeardFrames} of {x.GeneratedFrames} frames heard, {x.Underruns} underruns: {x.HeardText}",
        ConversationEvents.Trouble x => $"TROUBLE {x.Stage}: {x.Message}",
        _ => null,
    };

    private static string Time(long sample)
    {
        var milliseconds = sample * 1000 / AudioFormat.SampleRateHz;
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000:00}:{milliseconds / 1000 % 60:00}.{milliseconds % 1000:000}");
    }

    private static string Since(long samples) => string.Create(CultureInfo.InvariantCulture, $"{samples * 1000 / AudioFormat.SampleRateHz:+0;-0;0} ms");

    private static string Number(long? samples) => Milliseconds(samples) is { } ms ? ms.ToString("0", CultureInfo.InvariantCulture) : "-";
}
