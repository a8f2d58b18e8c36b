using System.CommandLine;
using CsmAgent.Training.Optimization;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>What every training verb asks, and how it runs.</summary>
internal sealed class TrainingRun
{
    private readonly Argument<string> _folder = new("run") { Description = "Folder of the run; a state there is resumed." };
    private readonly Option<int> _steps;

    /// <param name="steps">Steps when none are given.</param>
    public TrainingRun(int steps) => _steps = new("--steps") { Description = "Steps of the run.", DefaultValueFactory = _ => steps };

    /// <summary>Gives a verb the run's folder and steps beside its own options.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="options">Its own options.</param>
    public void AddTo(Verb verb, params Option[] options)
    {
        verb.Arguments.Add(_folder);
        foreach (var option in options.Append(_steps))
        {
            verb.Options.Add(option);
        }
    }

    /// <summary>The run's folder.</summary>
    public string Folder(ParseResult arguments) => arguments.GetRequiredValue(_folder);

    /// <summary>Steps of the run.</summary>
    public int Steps(ParseResult arguments) => arguments.GetValue(_steps);

    /// <summary>The codec that a verb starts from or learns, when none is given.</summary>
    public static string DeskCodec(Shell shell) => Path.Combine(shell.Root, "voices", "desk", "mimi");

    /// <summary>Trains, a line for each entry of the log; ends between two steps when it is cancelled.</summary>
    /// <param name="shell">Where the lines go.</param>
    /// <param name="arguments">Name the run.</param>
    /// <param name="made">What is made and the folder in the run that holds it, such as <c>codec</c>.</param>
    /// <param name="train">Trains and returns the step reached.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CliException">The training diverged; the last state is kept.</exception>
    public Task<int> RunAsync(
        Shell shell, ParseResult arguments, (string What, string Folder) made, Func<IProgress<(long Step, string Line)>, long> train, CancellationToken cancellationToken)
    {
        try
        {
            var step = train(new LineProgress<(long Step, string Line)>(entry => shell.Line($"{entry.Step,7}  {entry.Line}")));
            shell.Line($"at step {step} of {Steps(arguments)}; the {made.What} is in {Path.Combine(Folder(arguments), made.Folder)}");
            return Task.FromResult(cancellationToken.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Ok);
        }
        catch (TrainingDivergedException fault)
        {
            throw new CliException(ExitCode.CheckFailed, fault.Message, fault);
        }
    }
}
