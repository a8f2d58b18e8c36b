using CsmAgent.Conversation.Protocol;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CsmAgent.Cli.Screens;

/// <summary>Draws the part of the screen that moves: who speaks, levels, captions, the last turn's delays.</summary>
internal static class LivePicture
{
    private const int MeterCells = 16;
    private const int BarCells = 40;
    private const double BarMilliseconds = 1000;

    private static readonly string[] StageColors = ["grey", "blue", "cyan", "yellow", "green"];

    /// <summary>A few rows under the transcript.</summary>
    public static IRenderable Draw(ConversationView view, bool muted = false)
    {
        var captions = new Grid().AddColumn(new GridColumn().NoWrap().Width(6)).AddColumn();
        captions.AddRow(new Markup("[aqua]you[/]"), new Markup(UserCaption(view, muted)));
        captions.AddRow(new Markup($"[lime]{Markup.Escape(view.Agent ?? "agent")}[/]"), new Markup(AgentCaption(view)));
        var rows = new Rows(
            new Rule($"[bold]{PhaseWords(view.Phase)}[/]  {view.Now:mm\\:ss}") { Justification = Justify.Left, Style = Style.Parse("grey") },
            new Markup(Meters(view)),
            captions,
            new Markup(Delays(view)),
            new Markup("[grey]m mute · s stop the agent · f forget me · q end[/]"));
        return rows;
    }

    /// <summary>What the phase is called on the screen.</summary>
    public static string PhaseWords(TurnPhase phase) => phase switch
    {
        TurnPhase.Idle => "not running",
        TurnPhase.Listening => "listening",
        TurnPhase.UserSpeaking => "you speak",
        TurnPhase.WaitingForEnd => "finished?",
        TurnPhase.Thinking => "thinking",
        TurnPhase.Speaking => "agent speaks",
        TurnPhase.Ducked => "agent speaks softly",
        TurnPhase.Paused => "agent holds",
        _ => "recovering",
    };

    private static string Meters(ConversationView view)
    {
        var user = view.Levels?.UserPeak ?? 0;
        var agent = view.Levels?.AgentPeak ?? 0;
        return $"[aqua]you     {LevelMeter.Bar(user, MeterCells)}[/]{LevelMeter.Words(user),8}   "
            + $"[lime]agent  {LevelMeter.Bar(agent, MeterCells)}[/]{LevelMeter.Words(agent),8}";
    }

    private static string UserCaption(ConversationView view, bool muted) =>
        muted ? "[yellow]microphone off[/]"
        : view.UserText.Length > 0 ? $"{Markup.Escape(view.UserText)}[grey] …[/]"
        : string.Empty;

    // Heard words are bright, words still to come are dim.
    private static string AgentCaption(ConversationView view)
    {
        var heard = view.HeardText;
        var rest = view.ReplyText.StartsWith(heard, StringComparison.Ordinal) ? view.ReplyText[heard.Length..] : string.Empty;
        return $"{Markup.Escape(heard)}[grey]{Markup.Escape(rest)}[/]";
    }

    private static string Delays(ConversationView view)
    {
        if (view.LastLatency is not { } latency)
        {
            return "[grey]last answer   none yet[/]";
        }

        var bar = string.Empty;
        var drawn = 0;
        var index = 0;
        foreach (var (_, milliseconds) in LatencyText.Stages(latency))
        {
            var end = (int)Math.Round(Math.Clamp(milliseconds / BarMilliseconds, 0, 1) * BarCells);
            if (end > drawn)
            {
                bar += $"[{StageColors[index]}]{new string('━', end - drawn)}[/]";
                drawn = end;
            }

            index++;
        }

        var legend = LatencyText.Stages(latency)
            .Select((stage, i) => $"[{StageColors[i]}]{stage.Stage.Replace("first ", string.Empty, StringComparison.Ordinal)} {stage.Milliseconds:0}[/]");
        var whole = ConversationEvents.TurnLatency.Milliseconds(latency.MouthToEar);
        return $"last answer   {bar}[grey]{new string('┄', BarCells - drawn)}[/] {(whole is { } ear ? $"{ear:0} ms mouth to ear" : string.Empty)}\n"
            + $"              {string.Join(" · ", legend)}";
    }
}
