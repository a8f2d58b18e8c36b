using System.Text;
using static CsmAgent.Conversation.Protocol.ConversationEvents.TurnLatency;
using static CsmAgent.Conversation.Reporting.ReportText;

namespace CsmAgent.Conversation.Reporting;

/// <summary>Where the time of every answer went, as bars.</summary>
internal static class ReportLatency
{
    private const int TickMs = 250;

    private static readonly (string Name, string Colour)[] Stages =
        [("deciding that the turn is over", "#8aa4c8"), ("first text of the reply", "#d9a441"), ("first frame of speech", "#b86fc6"), ("to the first sound", "#58a978")];

    public static void Write(StringBuilder page, ReportModel model)
    {
        if (model.Latencies.Count == 0)
        {
            page.Append("<p class=\"note\">Nothing was answered.</p>\n");
            return;
        }

        page.Append("<p class=\"note\">From the last voiced sample of the user, by the device's sample counter. What was begun early and ready before the turn was over takes no room. ");
        page.Append(string.Join(" ", Stages.Select(stage => $"<span class=\"bar\" style=\"width:.8rem;background:{stage.Colour}\"></span> {stage.Name}."))).Append("</p>\n");
        var most = Math.Ceiling(model.Latencies.Max(latency => Milliseconds(latency.MouthToEar) ?? 0) / TickMs) * TickMs;
        page.Append("<table><tr><th>turn</th><th>reply</th><th style=\"width:70%\"><div class=\"ticks\">");
        for (var tick = 0; tick < most; tick += TickMs)
        {
            page.Append($"<span style=\"left:{Number(100 * tick / most)}%\">{tick}</span>");
        }

        page.Append("</div></th><th class=\"number\">mouth to ear</th></tr>\n");
        foreach (var latency in model.Latencies)
        {
            page.Append($"<tr><td>{latency.Turn}</td><td>g{latency.Generation}</td><td class=\"bars\">");
            var before = 0.0;
            foreach (var (stage, samples) in Stages.Zip([latency.EndOfTurn, latency.FirstToken, latency.FirstFrame, latency.FirstSound]))
            {
                var until = Milliseconds(samples) ?? before;
                if (until > before)
                {
                    page.Append($"<span class=\"bar\" style=\"width:{Number(100 * (until - before) / most)}%;background:{stage.Colour}\" title=\"{stage.Name}: until {ReportText.Milliseconds(until)} ms\"></span>");
                    before = until;
                }
            }

            page.Append($"</td><td class=\"number\">{(Milliseconds(latency.MouthToEar) is { } all ? $"{ReportText.Milliseconds(all)} ms" : "")}</td></tr>\n");
        }

        page.Append("</table>\n");
    }
}
