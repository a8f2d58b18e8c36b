using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Reporting;

/// <summary>A conversation's events, put in order for reading.</summary>
internal sealed record ReportModel(
    ConversationEvents.Started? Started, double Length, IReadOnlyList<ReportTurn> Turns, IReadOnlyList<ConversationEvents.TurnLatency> Latencies,
    IReadOnlyList<ConversationEvent> Marks, IReadOnlyList<ConversationEvents.Trouble> Troubles)
{
    /// <summary>Times the loudspeaker ran dry inside a reply.</summary>
    public int Underruns { get; private init; }

    /// <summary>Frames made before it was sure that the turn was over; null when no reply was begun early.</summary>
    public (int Kept, int Wasted)? EarlyFrames { get; private init; }

    public static ReportModel Of(IReadOnlyList<ConversationEvent> events)
    {
        var turns = new List<ReportTurn>();
        foreach (var e in events)
        {
            switch (e)
            {
                // A turn that went on is committed again: the later text counts.
                case ConversationEvents.UserTurnEnded user:
                    turns.RemoveAll(turn => turn.IsUser && turn.Turn == user.Turn);
                    turns.Add(new ReportTurn(true, user.Turn, 0, user.Text, Seconds(user.FirstVoicedSample), Seconds(user.LastVoicedSample), false, $"over because {user.Why}"));
                    break;
                case ConversationEvents.AgentTurnEnded agent when agent.FirstPlayedSample is { } first:
                    turns.Add(new ReportTurn(
                        false, agent.Turn, agent.Generation, agent.HeardText, Seconds(first), Seconds(agent.LastPlayedSample ?? first), agent.WasInterrupted,
                        agent.HeardFrames == agent.GeneratedFrames ? "heard to its end" : $"{agent.HeardFrames} of {agent.GeneratedFrames} frames heard"));
                    break;
            }
        }

        return new ReportModel(
            events.OfType<ConversationEvents.Started>().FirstOrDefault(),
            Seconds(events.Count == 0 ? 0 : events.Max(e => e.AtSample)),
            [.. turns.OrderBy(turn => turn.From)],
            [.. events.OfType<ConversationEvents.TurnLatency>()],
            [.. events.Where(e => e is ConversationEvents.AgentDucked or ConversationEvents.AgentPaused or ConversationEvents.AgentResumed or ConversationEvents.AnswerTakenBack
                or ConversationEvents.SpeculationEnded { WasKept: false } or ConversationEvents.DeviceLost or ConversationEvents.DeviceBack)],
            [.. events.OfType<ConversationEvents.Trouble>()])
        {
            Underruns = events.OfType<ConversationEvents.AgentTurnEnded>().Sum(e => e.Underruns),
            EarlyFrames = events.OfType<ConversationEvents.SpeculationEnded>().ToArray() is { Length: > 0 } early
                ? (early.Where(e => e.WasKept).Sum(e => e.Frames), early.Where(e => !e.WasKept).Sum(e => e.Frames))
                : null,
        };
    }

    public static double Seconds(long samples) => (double)samples / AudioFormat.SampleRateHz;

    /// <summary>A percentile of mouth-to-ear in milliseconds; null without turns.</summary>
    public double? MouthToEar(double percentile)
    {
        var all = Latencies.Select(l => ConversationEvents.TurnLatency.Milliseconds(l.MouthToEar)).OfType<double>().Order().ToArray();
        return all.Length == 0 ? null : all[(int)Math.Ceiling(percentile * all.Length) - 1];
    }
}
