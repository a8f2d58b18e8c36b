using System.Text;
using CsmAgent.Conversation.Protocol;
using static CsmAgent.Conversation.Reporting.ReportText;

namespace CsmAgent.Conversation.Reporting;

/// <summary>Both sides over time: who spoke, the waveforms, what was said, how long the answers took, and what happened to the voice.</summary>
internal static class ReportTimeline
{
    private const double PixelsPerSecond = 80;
    private const int Half = 42;
    private const int Caption = 18;
    private const int Gap = 26;
    private const int UserTop = Caption;
    private const int AgentTop = UserTop + (2 * Half) + Gap;
    private const int Bottom = AgentTop + (2 * Half) + Caption;
    private const string UserColour = "#2f7fd1";
    private const string AgentColour = "#16935f";

    private static readonly (string Name, string Colour, Func<ConversationEvent, bool> Is)[] Marks =
    [
        ("voice lowered", "#d9a441", e => e is ConversationEvents.AgentDucked),
        ("voice held", "#d2691e", e => e is ConversationEvents.AgentPaused),
        ("voice goes on", "#58a978", e => e is ConversationEvents.AgentResumed),
        ("answer taken back", "#7a6fd0", e => e is ConversationEvents.AnswerTakenBack),
        ("early reply thrown away", "#b04a8f", e => e is ConversationEvents.SpeculationEnded { WasKept: false }),
        ("device lost or back", "#a33", e => e is ConversationEvents.DeviceLost or ConversationEvents.DeviceBack),
    ];

    public static void Write(StringBuilder page, ReportModel model, Waveform? waveform)
    {
        Legend(page, model);
        page.Append("<div class=\"timeline\"><div class=\"lanes\">");
        page.Append($"<span class=\"user\" style=\"top:{UserTop + Half - 10}px\">user</span><span class=\"agent\" style=\"top:{AgentTop + Half - 10}px\">agent</span></div><div class=\"scroll\">");
        var width = Number(Math.Max(600, (model.Length * PixelsPerSecond) + 20));
        page.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{Bottom + 24}\">\n");
        Scale(page, model);
        foreach (var turn in model.Turns)
        {
            Turn(page, turn);
        }

        if (waveform is not null)
        {
            Wave(page, waveform.User, UserTop + Half, UserColour);
            Wave(page, waveform.Agent, AgentTop + Half, AgentColour);
        }

        foreach (var latency in model.Latencies)
        {
            Answer(page, latency);
        }

        foreach (var mark in model.Marks)
        {
            var x = X(ReportModel.Seconds(mark.AtSample));
            page.Append($"<line x1=\"{x}\" x2=\"{x}\" y1=\"{UserTop}\" y2=\"{Bottom - Caption}\" stroke=\"{Marks.First(kind => kind.Is(mark)).Colour}\" stroke-width=\"2\"><title>{Time(ReportModel.Seconds(mark.AtSample))} {MarkName(mark)}</title></line>\n");
        }

        page.Append("</svg></div></div>\n");
    }

    private static void Legend(StringBuilder page, ReportModel model)
    {
        page.Append("<p class=\"note\">Boxes: who spoke, as the agent took it. Between the lanes: from your last voiced sample to the first sound of the answer.");
        foreach (var (name, colour, _) in Marks.Where(kind => model.Marks.Any(kind.Is)))
        {
            page.Append($" <span class=\"bar\" style=\"width:.2rem;background:{colour}\"></span> {name}.");
        }

        page.Append("</p>\n");
    }

    private static void Scale(StringBuilder page, ReportModel model)
    {
        for (var second = 0; second <= model.Length; second += 5)
        {
            page.Append($"<line x1=\"{X(second)}\" x2=\"{X(second)}\" y1=\"0\" y2=\"{Bottom}\" stroke=\"#8884\"/><text x=\"{X(second)}\" y=\"{Bottom + 16}\">{Time(second)}</text>\n");
        }
    }

    private static void Turn(StringBuilder page, ReportTurn turn)
    {
        var (top, colour, caption) = turn.IsUser ? (UserTop, UserColour, UserTop - 5) : (AgentTop, AgentColour, Bottom - 5);
        var width = Math.Max(2, (turn.To - turn.From) * PixelsPerSecond);
        page.Append($"<rect x=\"{X(turn.From)}\" y=\"{top}\" width=\"{Number(width)}\" height=\"{2 * Half}\" rx=\"3\" fill=\"{colour}\" fill-opacity=\".14\"><title>{Text(turn.Text)}</title></rect>");

        // About six pixels a letter; what does not fit is in the tooltip and the table.
        var letters = Math.Max(4, (int)((width + 40) / 6));
        var text = turn.Text.Length <= letters ? turn.Text : turn.Text[..(letters - 1)].TrimEnd() + "…";
        page.Append($"<text x=\"{X(turn.From)}\" y=\"{caption}\" style=\"fill:{colour}\">{Text(text)}</text>\n");
    }

    private static void Answer(StringBuilder page, ConversationEvents.TurnLatency latency)
    {
        if (latency is not { FirstSound: { } until, MouthToEar: { } all })
        {
            return;
        }

        var (from, to) = (ReportModel.Seconds(latency.LastVoicedSample), ReportModel.Seconds(latency.LastVoicedSample + until));
        var y = UserTop + (2 * Half) + (Gap / 2);
        page.Append($"<path stroke=\"#888\" fill=\"none\" d=\"M{X(from)} {y - 5}v10m0 -5H{X(to)}m0 -5v10\"/>");
        page.Append($"<text x=\"{X(to + 0.06)}\" y=\"{y + 4}\">{Milliseconds(ConversationEvents.TurnLatency.Milliseconds(all)!.Value)} ms</text>\n");
    }

    private static void Wave(StringBuilder page, float[] peaks, int middle, string colour)
    {
        page.Append($"<path stroke=\"{colour}\" stroke-width=\"2\" fill=\"none\" d=\"");
        for (var i = 0; i < peaks.Length; i++)
        {
            if (peaks[i] > 0.001f)
            {
                // The square root: a quiet voice can be seen beside a loud one.
                var height = Math.Sqrt(Math.Min(1, peaks[i])) * Half;
                page.Append($"M{X(i * (double)Waveform.SamplesPerPeak / Audio.AudioFormat.SampleRateHz)} {Number(middle - height)}v{Number(2 * height)}");
            }
        }

        page.Append("\"/>\n");
    }

    private static string MarkName(ConversationEvent mark) => mark switch
    {
        ConversationEvents.AgentDucked => "voice lowered: somebody speaks",
        ConversationEvents.AgentPaused => "voice held",
        ConversationEvents.AgentResumed resumed => Text($"voice goes on: {resumed.Why}"),
        ConversationEvents.AnswerTakenBack => "the answer was taken back: the user goes on with the turn",
        ConversationEvents.SpeculationEnded early => $"a reply begun early was thrown away with {early.Frames} frames",
        ConversationEvents.DeviceLost lost => Text($"device lost: {lost.Reason}"),
        _ => "device back",
    };

    private static string X(double seconds) => Number(seconds * PixelsPerSecond);
}
