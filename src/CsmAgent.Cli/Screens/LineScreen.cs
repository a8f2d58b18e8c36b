using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Cli.Screens;

/// <summary>One plain line for every finished thing: for pipes, logs and screen readers.</summary>
internal sealed class LineScreen(Shell shell) : IConversationScreen
{
    public async Task FollowAsync(IAsyncEnumerable<ConversationEvent> events, CancellationToken cancellationToken)
    {
        var view = new ConversationView();
        await foreach (var happened in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (happened is ConversationEvents.Started started)
            {
                shell.Line($"device      {started.Device}");
                shell.Line($"recogniser  {started.Recognizer}");
                shell.Line($"replies     {started.Reply}");
                shell.Line($"voice       {started.Voice}");
            }

            foreach (var line in view.Apply(happened))
            {
                shell.Line(Format(line));
            }
        }
    }

    /// <summary>The line as text: time, who, words, remark.</summary>
    public static string Format(TranscriptLine line)
    {
        var who = line.Kind switch
        {
            LineKind.User => "you",
            LineKind.Agent => line.Agent ?? "agent",
            LineKind.Latency => string.Empty,
            LineKind.Trouble => "!",
            _ => "-",
        };
        var time = line.Kind == LineKind.Latency ? string.Empty : $"{line.At:mm\\:ss\\.f}";
        var mark = line.Mark is null ? string.Empty : $" [{line.Mark}]";
        return $"{time,7}  {who,-5}  {line.Text}{mark}".TrimEnd();
    }
}
