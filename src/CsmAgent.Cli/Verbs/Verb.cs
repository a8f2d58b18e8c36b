using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace CsmAgent.Cli.Verbs;

/// <summary>One word of the command line. Each verb is one file in this folder; <see cref="VerbList"/> names them all.</summary>
/// <remarks>A verb reads its arguments, asks the composition root for what it needs and shows the outcome. It throws
/// <see cref="CliException"/> (or lets an engine's own exception through) instead of printing errors.</remarks>
[SuppressMessage("Design", "CA1010", Justification = "Command's own enumerator serves collection initialisers only.")]
public abstract class Verb : Command
{
    /// <summary>Names the verb.</summary>
    /// <param name="shell">Streams, clock, folders.</param>
    /// <param name="name">Lower case, one word.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="examples">Command lines after <c>csm-agent</c>, shown by <c>--help</c>; at least one.</param>
    protected Verb(Shell shell, string name, string description, params string[] examples)
        : base(name, description)
    {
        Shell = shell;
        Examples = examples;
        SetAction(RunAsync);
    }

    /// <summary>Command lines after <c>csm-agent</c>, shown by <c>--help</c>.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Streams, clock, folders.</summary>
    protected Shell Shell { get; }

    /// <summary>Does what the verb says.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="cancellationToken">Signalled by Ctrl+C.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    protected abstract Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken);
}
