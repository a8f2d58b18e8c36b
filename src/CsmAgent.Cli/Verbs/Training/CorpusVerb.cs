using System.CommandLine;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Speech to train on.</summary>
internal sealed class CorpusVerb : Verb
{
    public CorpusVerb(Shell shell)
        : base(shell, "corpus", "Prepares and shows speech to train on.", "corpus prepare ../shared/desk-corpus runs/corpus", "corpus show runs/corpus")
    {
        Subcommands.Add(new CorpusPrepareVerb(shell));
        Subcommands.Add(new CorpusShowVerb(shell));
        Subcommands.Add(new CorpusAlignVerb(shell));
        Subcommands.Add(new CorpusSynthVerb(shell));
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) =>
        throw new CliException(ExitCode.Usage, "corpus needs one of: prepare, show, align, synth. Try: csm-agent corpus --help");
}
