using CsmAgent.Audio;
using Spectre.Console;

namespace CsmAgent.Cli.Generate;

/// <summary>Runs a job into its sinks and shows how far it is: a bar on a terminal, nothing elsewhere.</summary>
internal static class SpeechProgress
{
    /// <summary>Generates everything.</summary>
    public static async Task<SpeechSummary> ShowAsync(
        Shell shell, SpeechRun run, SpeechJob job, IReadOnlyList<ISpeechSink> sinks, CancellationToken cancellationToken)
    {
        if (!shell.Error.Profile.Capabilities.Interactive)
        {
            return await RunAsync(shell.Time, run, job, sinks, static (_, _) => { }, cancellationToken).ConfigureAwait(false);
        }

        return await shell.Error.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("opening the voice", maxValue: 1);
                return await RunAsync(
                    shell.Time,
                    run,
                    job,
                    sinks,
                    (done, soFar) =>
                    {
                        bar.Value = done;
                        bar.Description = $"{soFar.Audio.TotalSeconds:0.0} s, RTF {soFar.RealTimeFactor:0.00}";
                    },
                    cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private static async Task<SpeechSummary> RunAsync(
        TimeProvider time, SpeechRun run, SpeechJob job, IReadOnlyList<ISpeechSink> sinks, Action<double, SpeechSummary> report, CancellationToken cancellationToken)
    {
        var clauses = SpeechRun.Clauses(job.Text);
        var characters = clauses.Sum(clause => clause.Length);
        var (finished, clause) = (0, 0);
        var (audio, computing, first) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        var since = time.GetTimestamp();
        await foreach (var frame in run.FramesAsync(job, cancellationToken).ConfigureAwait(false))
        {
            computing += time.GetElapsedTime(since);
            first = audio == TimeSpan.Zero ? computing : first;
            audio += TimeSpan.FromSeconds((double)frame.Samples.Length / AudioFormat.SampleRateHz);
            if (frame.Index == 0 && audio.TotalSeconds > (double)frame.Samples.Length / AudioFormat.SampleRateHz)
            {
                finished += clauses[clause++].Length;
            }

            foreach (var sink in sinks)
            {
                await sink.WriteAsync(frame.Samples, cancellationToken).ConfigureAwait(false);
            }

            report((double)(finished + frame.SpokenCharacters) / characters, new(audio, computing, first));
            since = time.GetTimestamp();
        }

        return new(audio, computing, first);
    }
}
