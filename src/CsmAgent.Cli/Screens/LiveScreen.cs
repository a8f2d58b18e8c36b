using CsmAgent.Conversation;
using CsmAgent.Conversation.Protocol;
using Spectre.Console;

namespace CsmAgent.Cli.Screens;

/// <summary>Finished lines scroll up as on any terminal; under them a few rows are redrawn as things happen.</summary>
/// <param name="shell">The terminal and the clock.</param>
/// <param name="conversation">Takes the keys: m, s, f, q.</param>
internal sealed class LiveScreen(Shell shell, IConversation conversation) : IConversationScreen
{
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(80);

    private bool _muted;

    public async Task FollowAsync(IAsyncEnumerable<ConversationEvent> events, CancellationToken cancellationToken)
    {
        var view = new ConversationView();
        await shell.Out.Live(LivePicture.Draw(view)).AutoClear(true).StartAsync(async live =>
        {
            var redrawn = shell.Time.GetTimestamp();
            await foreach (var happened in events.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (happened is ConversationEvents.Started started)
                {
                    shell.Out.Write(new Grid().AddColumn().Expand().AddRow(new Markup(About(started))));
                }

                foreach (var line in view.Apply(happened))
                {
                    shell.Out.Write(Finished(line));
                }

                if (shell.Time.GetElapsedTime(redrawn) >= RedrawEvery)
                {
                    ReadKeys();
                    live.UpdateTarget(LivePicture.Draw(view, _muted));
                    redrawn = shell.Time.GetTimestamp();
                }
            }
        }).ConfigureAwait(false);
    }

    /// <summary>The head of the transcript: the device and the engines.</summary>
    public static string About(ConversationEvents.Started started) =>
        $"[grey]device[/] {Markup.Escape(started.Device)} [grey]· hears[/] {Markup.Escape(started.Recognizer)} "
        + $"[grey]· replies[/] {Markup.Escape(started.Reply)} [grey]· voice[/] {Markup.Escape(started.Voice)}";

    /// <summary>One finished line, wrapped under itself.</summary>
    public static Grid Finished(TranscriptLine line)
    {
        var (who, style) = line.Kind switch
        {
            LineKind.User => ("you", "aqua"),
            LineKind.Agent => (Markup.Escape(line.Agent ?? "agent"), "lime"),
            LineKind.Trouble => ("!", "red"),
            _ => (string.Empty, "grey"),
        };
        var time = line.Kind == LineKind.Latency ? string.Empty : $"{line.At:mm\\:ss\\.f}";
        var words = line.Kind is LineKind.User or LineKind.Agent ? Markup.Escape(line.Text) : $"[{style}]{Markup.Escape(line.Text)}[/]";
        var mark = line.Mark is null ? string.Empty : $" [yellow]({Markup.Escape(line.Mark)})[/]";
        return new Grid().AddColumn(new GridColumn().NoWrap().Width(7)).AddColumn(new GridColumn().NoWrap().Width(5)).AddColumn()
            // As wide as the terminal, or what was drawn there before would show at the end of the line.
            .Expand()
            .AddRow(new Markup($"[grey]{time}[/]"), new Markup($"[{style}]{who}[/]"), new Markup(words + mark));
    }

    private void ReadKeys()
    {
        while (!Console.IsInputRedirected && Console.KeyAvailable)
        {
            switch (Console.ReadKey(intercept: true).KeyChar)
            {
                case 'm':
                    _muted = !_muted;
                    conversation.Send(new ConversationCommands.Mute(conversation.Id, _muted));
                    break;
                case 's':
                    conversation.Send(new ConversationCommands.StopSpeaking(conversation.Id));
                    break;
                case 'f':
                    conversation.Send(new ConversationCommands.ForgetMe(conversation.Id));
                    break;
                case 'q':
                    _ = conversation.StopAsync();
                    break;
            }
        }
    }
}
