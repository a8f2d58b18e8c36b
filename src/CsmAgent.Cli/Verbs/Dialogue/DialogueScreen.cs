using CsmAgent.Conversation.Dialogue;
using Spectre.Console;

namespace CsmAgent.Cli.Verbs.Dialogue;

/// <summary>Shows how far a dialogue is: a bar with frames, RTF and time left on a terminal, a line per tenth elsewhere.</summary>
internal static class DialogueScreen
{
    public static async Task<DialogueResult> ShowAsync(Shell shell, Func<IProgress<DialogueProgress>, Task<DialogueResult>> work)
    {
        if (!shell.Error.Profile.Capabilities.Interactive)
        {
            return await work(new Lines(shell)).ConfigureAwait(false);
        }

        return await shell.Error.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new Bar(context.AddTask("opening the voices", maxValue: 1)))).ConfigureAwait(false);
    }

    /// <summary>One line of progress.</summary>
    public static string Text(DialogueProgress value) =>
        $"line {value.Line} of {value.LineCount}, {value.Frames} frames"
        + (value.RealTimeFactor is { } rtf ? $", RTF {rtf:0.00}" : "")
        + (value.Context is { Limit: > 1 } context ? $", context {context.Used} of {context.Limit}" : "")
        + (value.Left is { } left ? $", {left:m\\:ss} left" : "");

    private sealed class Bar(ProgressTask task) : IProgress<DialogueProgress>
    {
        public void Report(DialogueProgress value)
        {
            task.Value = value.Share;
            task.Description = Text(value);
        }
    }

    private sealed class Lines(Shell shell) : IProgress<DialogueProgress>
    {
        private int _tenth = -1;

        public void Report(DialogueProgress value)
        {
            if ((int)(value.Share * 10) > _tenth)
            {
                _tenth = (int)(value.Share * 10);
                shell.Notice(Text(value));
            }
        }
    }
}
