using CsmAgent.Engines.Bench;

namespace CsmAgent.Cli.Verbs.Bench;

/// <summary>Where a measurement's figures go.</summary>
internal static class BenchOutput
{
    /// <summary>Shows a report, and keeps it if asked to.</summary>
    /// <param name="shell">Shows it.</param>
    /// <param name="report">The figures.</param>
    /// <param name="json">Also takes them; null for no file.</param>
    /// <param name="cancellationToken">Gives up writing.</param>
    /// <returns><see cref="ExitCode.Ok"/>: a figure past its goal is no failure of the measurement.</returns>
    public static async Task<int> ShowAsync(Shell shell, BenchReport report, FileInfo? json, CancellationToken cancellationToken)
    {
        foreach (var line in report.ToLines())
        {
            shell.Line(line);
        }

        if (json is not null)
        {
            await File.WriteAllTextAsync(json.FullName, report.ToJson() + "\n", cancellationToken).ConfigureAwait(false);
        }

        return ExitCode.Ok;
    }
}
