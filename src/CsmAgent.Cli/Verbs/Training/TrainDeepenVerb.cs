using System.CommandLine;
using CsmAgent.Training;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Gives a model more layers to train on with.</summary>
internal sealed class TrainDeepenVerb : Verb
{
    private readonly Argument<string> _from = new("model") { Description = "Folder of a codec (both its halves are deepened) or of a speech model (its depth decoder is)." };
    private readonly Argument<string> _output = new("output") { Description = "Folder to write." };
    private readonly Option<int?> _layers = new("--layers") { Description = "Transformer layers there should be in all." };
    private readonly Option<int?> _units = new("--units") { Description = "Residual units there should be at each stage of a codec's convolutions." };

    public TrainDeepenVerb(Shell shell)
        : base(shell, "deepen", "Adds layers that pass on what they get: it sounds as before, and has more to learn with.", "train deepen voices/desk/mimi runs/deeper --layers 5")
    {
        Arguments.Add(_from);
        Arguments.Add(_output);
        Options.Add(_layers);
        Options.Add(_units);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Deepening.Write(arguments.GetValue(_from)!, arguments.GetValue(_output)!, arguments.GetValue(_layers), arguments.GetValue(_units));
        Shell.Line($"{arguments.GetValue(_output)} says what {arguments.GetValue(_from)} says; train it with --start {arguments.GetValue(_output)}");
        return Task.FromResult(ExitCode.Ok);
    }
}
