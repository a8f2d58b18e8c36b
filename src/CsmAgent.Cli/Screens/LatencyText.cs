using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Cli.Screens;

/// <summary>The words for where a turn's time went: milliseconds since the user's last voiced sample.</summary>
internal static class LatencyText
{
    /// <summary>The stages that happened, in their order, with their milliseconds.</summary>
    public static IReadOnlyList<(string Stage, double Milliseconds)> Stages(ConversationEvents.TurnLatency latency) =>
    [
        .. new (string Stage, long? Samples)[]
        {
            ("end of turn", latency.EndOfTurn),
            ("text", latency.Text),
            ("first token", latency.FirstToken),
            ("first frame", latency.FirstFrame),
            ("first sound", latency.FirstSound),
        }
        .Where(stage => stage.Samples is not null)
        .Select(stage => (stage.Stage, ConversationEvents.TurnLatency.Milliseconds(stage.Samples)!.Value)),
    ];

    /// <summary>One line: every stage, then the whole way from mouth to ear.</summary>
    public static string Describe(ConversationEvents.TurnLatency latency)
    {
        var stages = string.Join(" > ", Stages(latency).Select(stage => $"{stage.Stage} {stage.Milliseconds:0}"));
        return ConversationEvents.TurnLatency.Milliseconds(latency.MouthToEar) is { } whole
            ? $"{stages}; mouth to ear {whole:0} ms"
            : $"{stages} ms";
    }
}
