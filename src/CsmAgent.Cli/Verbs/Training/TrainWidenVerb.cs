using System.CommandLine;
using CsmAgent.Training.Codec;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Gives a codec more channels to train on with.</summary>
internal sealed class TrainWidenVerb : Verb
{
    private readonly Argument<string> _from = new("model") { Description = "Folder of a codec." };
    private readonly Argument<string> _output = new("output") { Description = "Folder to write." };
    private readonly Option<int> _filters = new("--filters") { Description = "Channels there should be at 24 kHz; the slower stages have twice as many each.", Required = true };
    private readonly Option<bool> _halved = new("--half-size") { Description = "Stores the weights in bfloat16, half the bytes; a few codes change by it, most in the last codebooks." };

    public TrainWidenVerb(Shell shell)
        : base(shell, "widen", "Adds channels that nothing listens to yet: it sounds as before, and has more to learn with.", "train widen voices/desk/mimi runs/wider --filters 24 --half-size")
    {
        Arguments.Add(_from);
        Arguments.Add(_output);
        Options.Add(_filters);
        Options.Add(_halved);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        CodecWidening.Write(arguments.GetValue(_from)!, arguments.GetValue(_output)!, arguments.GetValue(_filters), arguments.GetValue(_halved));
        Shell.Line($"{arguments.GetValue(_output)} says what {arguments.GetValue(_from)} says, with {arguments.GetValue(_filters)} filters; train it with --start {arguments.GetValue(_output)}");
        return Task.FromResult(ExitCode.Ok);
    }
}
