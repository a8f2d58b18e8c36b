using CsmAgent.Models.Hub;
using Spectre.Console;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>Shows a pull: bars where somebody looks, a line per event where the output goes to a file.</summary>
internal static class PullScreen
{
    public static async Task<T> RunAsync<T>(Shell shell, Func<IProgress<HubProgress>, Task<T>> work)
    {
        if (!shell.IsInteractive)
        {
            return await work(new Lines(shell));
        }

        return await shell.Error.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bars(context)));
    }

    private sealed class Bars(ProgressContext context) : IProgress<HubProgress>
    {
        private readonly Dictionary<string, ProgressTask> _tasks = [];

        public void Report(HubProgress value)
        {
            lock (_tasks)
            {
                if (!_tasks.TryGetValue(value.File, out var task))
                {
                    _tasks[value.File] = task = context.AddTask(Markup.Escape(value.File));
                }

                task.MaxValue = Math.Max(1, value.BytesTotal);
                task.Value = value.Stage == HubStage.Done ? task.MaxValue : value.BytesDone;
                task.Description = Markup.Escape(value.Stage switch
                {
                    HubStage.Verifying => $"{value.File} (checking)",
                    HubStage.Retrying or HubStage.WaitingForLock => $"{value.File}: {value.Note}",
                    _ => value.File,
                });
            }
        }
    }

    private sealed class Lines(Shell shell) : IProgress<HubProgress>
    {
        private readonly Dictionary<string, (HubStage Stage, long Tenth)> _last = [];

        public void Report(HubProgress value)
        {
            lock (_last)
            {
                var now = (value.Stage, value.BytesTotal == 0 ? 0 : value.BytesDone * 10 / value.BytesTotal);
                if (value.Note is null && _last.TryGetValue(value.File, out var before) && before == now)
                {
                    return;
                }

                _last[value.File] = now;
                shell.Notice($"{value.File}: {value.Note ?? $"{value.Stage.ToString().ToLowerInvariant()}, {ByteSize.Of(value.BytesDone)} of {ByteSize.Of(value.BytesTotal)}"}");
            }
        }
    }
}
