using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Reporting;

/// <summary>A conversation's events, put in order for reading.</summary>
internal sealed record ReportModel(
    ConversationEvents.Started? Started, double Length, IReadOnlyList<ReportTurn> Turns, IReadOnlyList<ConversationEvents.TurnLatency> Latencies,
    IReadOnlyList<ConversationEvent> Marks, IReadOnlyList<ConversationEvents.Trouble> Troubles)
{
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
                    turns.Add(new ReportTurn(true, user.Turn, 0, user.Text, Seconds(user.FirstVoicedSample), Seconds(user.LastVoicedSample), false, user.Why));
                    break;
                case ConversationEvents.AgentTurnEnded agent when agent.FirstPlayedSample is { } first:
                    turns.Add(new ReportTurn(
                        false, agent.Turn, agent.Generation, agent.HeardText, Seconds(first), Seconds(agent.LastPlayedSample ?? first), agent.WasInterrupted,
                        $"{agent.HeardFrames} of {agent.GeneratedFrames} frames heard"));
                    break;
            }
        }

        return new ReportModel(
            events.OfType<ConversationEvents.Started>().FirstOrDefault(),
            Seconds(events.Count == 0 ? 0 : events.Max(e => e.AtSample)),
            [.. turns.OrderBy(turn => turn.From)],
            [.. events.OfType<ConversationEvents.TurnLatency>()],
            [.. events.Where(e => e is ConversationEvents.AgentDucked or ConversationEvents.AgentPaused or ConversationEvents.AgentResumed
                or ConversationEvents.SpeculationEnded or ConversationEvents.DeviceLost or ConversationEvents.DeviceBack)],
            [.. events.OfType<ConversationEvents.Trouble>()]);
    }

    public static double Seconds(long samples) => (double)samples / AudioFormat.SampleRateHz;

    /// <summary>A percentile of mouth-to-ear in milliseconds; null without turns.</summary>
    public double? MouthToEar(double percentile)
    {
        var all = Latencies.Select(l => ConversationEvents.TurnLatency.Milliseconds(l.MouthToEar)).OfType<double>().Order().ToArray();
        return all.Length == 0 ? null : all[(int)Math.Ceiling(percentile * all.Length) - 1];
    }
}
