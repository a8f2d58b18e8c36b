using System.CommandLine;
using CsmAgent.Training.Speech;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Makes one speech model of several that began alike.</summary>
internal sealed class TrainAverageVerb : Verb
{
    private readonly Argument<string[]> _models = new("models")
    {
        Description = "Folders of two speech models or more that were trained on from the same weights.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _output = new("--output") { Description = "Folder to write.", Required = true };

    public TrainAverageVerb(Shell shell)
        : base(shell, "average", "Averages the weights of speech models that began alike: often better than each.", "train average runs/a/csm runs/b/csm --output runs/both")
    {
        Arguments.Add(_models);
        Options.Add(_output);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var models = arguments.GetValue(_models)!;
        SpeechMean.Write(models, arguments.GetValue(_output)!);
        Shell.Line($"{arguments.GetValue(_output)} is the mean of {models.Length} models");
        return Task.FromResult(ExitCode.Ok);
    }
}
