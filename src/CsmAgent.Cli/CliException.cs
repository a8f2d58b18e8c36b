namespace CsmAgent.Cli;

/// <summary>An error made to be shown: one sentence on what is wrong and one on what to do, and the exit code that goes with it.</summary>
/// <param name="exitCode">One of <see cref="Cli.ExitCode"/>.</param>
/// <param name="message">For a person; no stack trace follows it.</param>
/// <param name="inner">The cause, shown with <c>--verbose</c>.</param>
public sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The process's exit code.</summary>
    public int ExitCode { get; } = exitCode;
}
