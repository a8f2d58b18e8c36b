using System.CommandLine;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Trains the desk voice's models.</summary>
internal sealed class TrainVerb : Verb
{
    public TrainVerb(Shell shell)
        : base(shell, "train", "Trains a codec or a speech model; a run that was stopped is resumed.", "train codec runs/codec --corpus runs/corpus")
    {
        Subcommands.Add(new TrainCodecVerb(shell));
        Subcommands.Add(new TrainCsmVerb(shell));
        Subcommands.Add(new TrainVoiceVerb(shell));
        Subcommands.Add(new TrainDeepenVerb(shell));
        Subcommands.Add(new TrainWidenVerb(shell));
        Subcommands.Add(new TrainAverageVerb(shell));
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) =>
        throw new CliException(ExitCode.Usage, "train needs to be told what. Try: csm-agent train --help");
}
