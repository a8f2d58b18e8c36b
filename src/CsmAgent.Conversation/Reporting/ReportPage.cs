using System.Globalization;
using System.Net;
using System.Text;
using CsmAgent.Conversation.Protocol;
using static CsmAgent.Conversation.Protocol.ConversationEvents.TurnLatency;

namespace CsmAgent.Conversation.Reporting;

/// <summary>The page itself: plain HTML and SVG.</summary>
internal static class ReportPage
{
    private const double PixelsPerSecond = 60;
    private const int Half = 50;

    private const string Style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24;background:#fff}
        h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}.scroll{overflow-x:auto;border:1px solid #d5dae0}
        table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #e6e9ed;vertical-align:top}
        .user{color:#0b5cad}.agent{color:#0a7a4b}.note{color:#68707a;font-size:.85rem}.bar{display:inline-block;height:.8rem;vertical-align:middle}
        .trouble{color:#a33}svg text{font:11px system-ui,sans-serif}@media(prefers-color-scheme:dark){body{background:#14171a;color:#dde2e7}}
        """;

    // End of turn, text, first token, first frame, first sound.
    private static readonly (string Name, string Colour)[] Stages =
        [("end of turn", "#8aa4c8"), ("first text of the reply", "#d9a441"), ("first frame", "#b86fc6"), ("first sound", "#58a978")];

    public static string Write(ReportModel model, Waveform? waveform)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Conversation</title><style>").Append(Style).Append("</style></head><body>\n");
        Head(page, model);
        page.Append("<h2>Both sides</h2>\n<div class=\"scroll\">");
        Timeline(page, model, waveform);
        page.Append("</div>\n<h2>What was heard</h2>\n");
        Transcript(page, model);
        page.Append("<h2>Where the time went</h2>\n");
        Latency(page, model);
        if (model.Troubles.Count > 0)
        {
            page.Append("<h2>Trouble</h2>\n<ul>");
            foreach (var trouble in model.Troubles)
            {
                page.Append($"<li class=\"trouble\">{Time(ReportModel.Seconds(trouble.AtSample))} {Text(trouble.Stage)}: {Text(trouble.Message)}</li>\n");
            }

            page.Append("</ul>\n");
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Head(StringBuilder page, ReportModel model)
    {
        page.Append($"<h1>Conversation {Text(model.Started?.ConversationId ?? "")}, {Time(model.Length)}</h1>\n<p>");
        if (model.Started is { } started)
        {
            page.Append($"{Text(started.Device)} · {Text(started.Recognizer)} · {Text(started.Reply)} · {Text(started.Voice)}");
            page.Append(started.VoiceIsBootstrap ? " (a stand-in voice)" : "");
        }

        page.Append($"</p>\n<p>{model.Turns.Count(t => t.IsUser)} user turns, {model.Turns.Count(t => !t.IsUser)} replies, {model.Turns.Count(t => t.WasCut)} cut");
        if (model.MouthToEar(0.5) is { } median)
        {
            page.Append($"; mouth to ear {Number(median)} ms (median), {Number(model.MouthToEar(0.95)!.Value)} ms (95th percentile)");
        }

        page.Append(".</p>\n");
    }

    private static void Timeline(StringBuilder page, ReportModel model, Waveform? waveform)
    {
        var width = Number(Math.Max(600, model.Length * PixelsPerSecond));
        page.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{(4 * Half) + 40}\">\n");
        foreach (var turn in model.Turns)
        {
            var y = turn.IsUser ? 0 : 2 * Half;
            page.Append($"<rect x=\"{X(turn.From)}\" y=\"{y}\" width=\"{Number(Math.Max(2, (turn.To - turn.From) * PixelsPerSecond))}\" height=\"{2 * Half}\" ");
            page.Append($"fill=\"{(turn.IsUser ? "#0b5cad" : "#0a7a4b")}\" fill-opacity=\".12\"><title>{Text(turn.Text)}</title></rect>\n");
        }

        if (waveform is not null)
        {
            Wave(page, waveform.User, Half, "#0b5cad");
            Wave(page, waveform.Agent, 3 * Half, "#0a7a4b");
        }

        foreach (var mark in model.Marks)
        {
            var x = X(ReportModel.Seconds(mark.AtSample));
            page.Append($"<line x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"{4 * Half}\" stroke=\"#a33\" stroke-dasharray=\"3\"><title>{MarkName(mark)}</title></line>\n");
        }

        for (var second = 0; second <= model.Length; second += 5)
        {
            page.Append($"<text x=\"{X(second)}\" y=\"{(4 * Half) + 20}\" fill=\"#68707a\">{Time(second)}</text>\n");
        }

        page.Append("</svg>");
    }

    private static void Wave(StringBuilder page, float[] peaks, int middle, string colour)
    {
        page.Append($"<path stroke=\"{colour}\" fill=\"none\" d=\"");
        for (var i = 0; i < peaks.Length; i++)
        {
            if (peaks[i] > 0.001f)
            {
                var height = Number(Math.Min(1, peaks[i]) * Half);
                page.Append($"M{X(i * (double)Waveform.SamplesPerPeak / Audio.AudioFormat.SampleRateHz)} {middle}m0 -{height}v{Number(2 * Math.Min(1, peaks[i]) * Half)}");
            }
        }

        page.Append("\"/>\n");
    }

    private static void Transcript(StringBuilder page, ReportModel model)
    {
        page.Append("<table><tr><th>from</th><th>to</th><th>turn</th><th>who</th><th>heard</th></tr>\n");
        foreach (var turn in model.Turns)
        {
            var who = turn.IsUser ? "user" : "agent";
            page.Append($"<tr><td>{Time(turn.From)}</td><td>{Time(turn.To)}</td><td>{turn.Turn}{(turn.IsUser ? "" : $" · g{turn.Generation}")}</td><td class=\"{who}\">{who}</td>");
            page.Append($"<td>{Text(turn.Text)}{(turn.WasCut ? " — <i>cut</i>" : "")}<br><span class=\"note\">{Text(turn.Note)}</span></td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void Latency(StringBuilder page, ReportModel model)
    {
        page.Append("<p class=\"note\">From the last voiced sample of the user, by the device's sample counter: ");
        page.Append(string.Join(", ", Stages.Select(stage => $"<span class=\"bar\" style=\"width:.8rem;background:{stage.Colour}\"></span> {stage.Name}"))).Append("</p>\n");
        page.Append("<table><tr><th>turn</th><th>stages</th><th>mouth to ear</th></tr>\n");
        foreach (var latency in model.Latencies)
        {
            page.Append($"<tr><td>{latency.Turn} · g{latency.Generation}</td><td>");
            var before = 0.0;
            foreach (var (stage, samples) in Stages.Zip([latency.EndOfTurn, latency.FirstToken, latency.FirstFrame, latency.FirstSound]))
            {
                var until = Milliseconds(samples) ?? before;
                if (until > before)
                {
                    page.Append($"<span class=\"bar\" style=\"width:{Number((until - before) / 2)}px;background:{stage.Colour}\" title=\"{stage.Name}: {Number(until)} ms\"></span>");
                    before = until;
                }
            }

            page.Append($"</td><td>{(Milliseconds(latency.MouthToEar) is { } all ? Number(all) + " ms" : "")}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static string MarkName(ConversationEvent mark) => mark switch
    {
        ConversationEvents.AgentDucked => "ducked",
        ConversationEvents.AgentPaused => "held",
        ConversationEvents.AgentResumed resumed => Text($"went on: {resumed.Why}"),
        ConversationEvents.SpeculationEnded speculation => speculation.WasKept ? "early reply kept" : $"early reply thrown away, {speculation.Frames} frames",
        ConversationEvents.DeviceLost lost => Text($"device lost: {lost.Reason}"),
        _ => "device back",
    };

    private static string X(double seconds) => Number(seconds * PixelsPerSecond);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Time(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 60)}:{seconds % 60:00.0}");

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
