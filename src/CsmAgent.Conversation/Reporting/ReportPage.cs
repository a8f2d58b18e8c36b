using System.Text;
using static CsmAgent.Conversation.Reporting.ReportText;

namespace CsmAgent.Conversation.Reporting;

/// <summary>The page itself: plain HTML and SVG.</summary>
internal static class ReportPage
{
    private const string Style = """
        :root{color-scheme:light dark}
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1f24;background:#fff}
        h1{font-size:1.5rem;margin-bottom:.3rem}h2{font-size:1.1rem;margin-top:2.2rem}
        .facts{display:flex;flex-wrap:wrap;gap:.6rem 2rem;margin:1rem 0}.facts b{display:block;font-size:1.35rem}
        .timeline{display:flex;border:1px solid #8886;border-radius:4px}.lanes{position:relative;width:3.6rem;flex:none;font-size:.85rem}
        .lanes span{position:absolute;left:.6rem}.scroll{overflow-x:auto;flex:1}svg text{font:11px system-ui,sans-serif;fill:#808890}
        table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8883;vertical-align:top}
        .user{color:#2f7fd1}.agent{color:#16935f}.note{color:#767e88;font-size:.85rem}.number{text-align:right;white-space:nowrap}
        .bar{display:inline-block;height:.8rem;vertical-align:middle}.bars{white-space:nowrap;font-size:0}.ticks{position:relative;height:1.2rem;font-weight:normal}
        .ticks span{position:absolute;color:#767e88;font-size:.8rem}.cut{color:#d2691e}.trouble{color:#c33}a{color:inherit}
        @media(prefers-color-scheme:dark){body{background:#14171a;color:#dde2e7}}
        """;

    /// <param name="model">What happened.</param>
    /// <param name="waveform">Both sides; null without a recording.</param>
    /// <param name="recording">The recording's name, if it lies beside the page; null when it does not.</param>
    public static string Write(ReportModel model, Waveform? waveform, string? recording)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>A conversation</title><style>");
        page.Append(Style).Append("</style></head><body>\n");
        Head(page, model, recording);
        page.Append("<h2>Both sides</h2>\n");
        ReportTimeline.Write(page, model, waveform);
        page.Append("<h2>What was said and heard</h2>\n");
        Transcript(page, model, recording);
        page.Append("<h2>Where the time went</h2>\n");
        ReportLatency.Write(page, model);
        Troubles(page, model);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Head(StringBuilder page, ReportModel model, string? recording)
    {
        page.Append($"<h1>A conversation of {Time(model.Length)}</h1>\n");
        if (model.Started is { } started)
        {
            page.Append($"<p class=\"note\">{Text(started.ConversationId)} · {Text(started.Device)} · {Text(started.Recognizer)} · {Text(started.Reply)} · {Text(started.Voice)}</p>\n");
        }

        page.Append("<div class=\"facts\">");
        Fact("user turns", $"{model.Turns.Count(turn => turn.IsUser)}");
        Fact("replies", $"{model.Turns.Count(turn => !turn.IsUser)}");
        Fact("cut", $"{model.Turns.Count(turn => turn.WasCut)}");
        if (model.MouthToEar(0.5) is { } median)
        {
            Fact("mouth to ear, median", $"{Milliseconds(median)} ms");
            Fact("95th percentile", $"{Milliseconds(model.MouthToEar(0.95)!.Value)} ms");
        }

        Fact("underruns", $"{model.Underruns}");
        if (model.EarlyFrames is { } early)
        {
            Fact("frames prepared early and used", $"{early.Kept}");
            Fact("and thrown away", $"{early.Wasted}");
        }

        page.Append("</div>\n");
        if (recording is not null)
        {
            page.Append($"<audio controls preload=\"none\" src=\"{Text(recording)}\"></audio>\n");
        }

        void Fact(string name, string value) => page.Append($"<span class=\"note\"><b>{value}</b>{name}</span>");
    }

    private static void Transcript(StringBuilder page, ReportModel model, string? recording)
    {
        page.Append("<table><tr><th>from</th><th>turn</th><th>who</th><th></th></tr>\n");
        foreach (var turn in model.Turns)
        {
            var who = turn.IsUser ? "user" : "agent";
            var time = recording is null ? Time(turn.From) : $"<a href=\"{Text(recording)}#t={Number(turn.From)},{Number(turn.To)}\" title=\"hear it\">{Time(turn.From)}</a>";
            page.Append($"<tr><td>{time}</td><td>{turn.Turn}{(turn.IsUser ? "" : $" · g{turn.Generation}")}</td><td class=\"{who}\">{who}</td>");
            page.Append($"<td>{Text(turn.Text)}{(turn.WasCut ? " <span class=\"cut\">— cut here</span>" : "")}<br><span class=\"note\">{Text(turn.Note)}</span></td></tr>\n");
        }

        page.Append("</table>\n<p class=\"note\">g is the reply's generation: <code>csm-agent follow conversation.jsonl --generation N</code> tells its whole story.</p>\n");
    }

    private static void Troubles(StringBuilder page, ReportModel model)
    {
        if (model.Troubles.Count == 0)
        {
            return;
        }

        page.Append("<h2>Trouble</h2>\n<ul>");
        foreach (var trouble in model.Troubles)
        {
            page.Append($"<li class=\"trouble\">{Time(ReportModel.Seconds(trouble.AtSample))} {Text(trouble.Stage)}: {Text(trouble.Message)}</li>\n");
        }

        page.Append("</ul>\n");
    }
}
