using System.CommandLine;
using CsmAgent.Training.Codec;
using CsmAgent.Training.Optimization;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Trains a Mimi.</summary>
internal sealed class TrainCodecVerb : Verb
{
    private static readonly CodecOptions Defaults = new() { Corpus = "", Run = "", Start = "" };
    private readonly Argument<string> _run = new("run") { Description = "Folder of the run; a state there is resumed." };
    private readonly Option<string> _corpus = new("--corpus") { Description = "A prepared corpus.", Required = true };
    private readonly Option<string?> _start = new("--start") { Description = "Codec to start from; the desk voice's if not given." };
    private readonly Option<CodecPhase> _phase = new("--phase") { Description = "What learns.", DefaultValueFactory = _ => Defaults.Phase };
    private readonly Option<int> _steps = new("--steps") { Description = "Steps of the run.", DefaultValueFactory = _ => Defaults.Steps };
    private readonly Option<int> _batch = new("--batch") { Description = "Crops per step.", DefaultValueFactory = _ => Defaults.Batch };
    private readonly Option<int> _workers = new("--workers") { Description = "Threads.", DefaultValueFactory = _ => Defaults.Workers };
    private readonly Option<double> _rate = new("--rate") { Description = "Learning rate of the plateau.", DefaultValueFactory = _ => Defaults.LearningRate };
    private readonly Option<double> _decay = new("--decay-share") { Description = "Share of the run that decays.", DefaultValueFactory = _ => Defaults.DecayShare };
    private readonly Option<int> _seed = new("--seed") { Description = "Chooses crops and augmentation.", DefaultValueFactory = _ => Defaults.Seed };

    public TrainCodecVerb(Shell shell)
        : base(shell, "codec", "Trains a small Mimi on a prepared corpus.", "train codec runs/codec --corpus runs/corpus --steps 10000")
    {
        Arguments.Add(_run);
        foreach (var option in (Option[])[_corpus, _start, _phase, _steps, _batch, _workers, _rate, _decay, _seed])
        {
            Options.Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = Defaults with
        {
            Run = arguments.GetValue(_run)!,
            Corpus = arguments.GetValue(_corpus)!,
            Start = arguments.GetValue(_start) ?? Path.Combine(Shell.Root, "voices", "desk", "mimi"),
            Phase = arguments.GetValue(_phase),
            Steps = arguments.GetValue(_steps),
            Batch = arguments.GetValue(_batch),
            Workers = arguments.GetValue(_workers),
            LearningRate = arguments.GetValue(_rate),
            DecayShare = arguments.GetValue(_decay),
            Seed = arguments.GetValue(_seed),
        };
        try
        {
            var step = CodecTrainer.Run(options, new LineProgress<(long Step, string Line)>(p => Shell.Line($"{p.Step,7}  {p.Line}")), cancellationToken);
            Shell.Line($"at step {step} of {options.Steps}; the codec is in {Path.Combine(options.Run, "codec")}");
            return Task.FromResult(cancellationToken.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Ok);
        }
        catch (TrainingDivergedException fault)
        {
            throw new CliException(ExitCode.CheckFailed, fault.Message, fault);
        }
    }
}
