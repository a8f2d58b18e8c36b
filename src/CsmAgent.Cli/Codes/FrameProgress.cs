using Spectre.Console;

namespace CsmAgent.Cli.Codes;

/// <summary>A bar over a known number of frames on a terminal, nothing elsewhere.</summary>
internal static class FrameProgress
{
    /// <summary>Runs the work; it reports each finished frame.</summary>
    public static async Task RunAsync(Shell shell, string what, int frames, Func<Action, Task> work)
    {
        if (!shell.Error.Profile.Capabilities.Interactive)
        {
            await work(static () => { }).ConfigureAwait(false);
            return;
        }

        await shell.Error.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var bar = progress.AddTask(what, maxValue: frames);
            await work(() => bar.Increment(1)).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
