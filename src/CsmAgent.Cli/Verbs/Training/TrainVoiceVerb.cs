using System.CommandLine;
using CsmAgent.Models.Csm;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Speech;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Fine-tunes a speech model on somebody's voice.</summary>
internal sealed class TrainVoiceVerb : Verb
{
    private const double FullRate = 3e-5;
    private const double LowRankRate = 2e-4;
    private readonly TrainingRun _run = new(500);
    private readonly Option<string> _data = new("--data") { Description = "Folder with index.tsv and its audio (see corpus prepare).", Required = true };
    private readonly Option<string> _base = new("--base") { Description = "Folder of the model to start from.", Required = true };
    private readonly Option<string?> _codec = new("--codec") { Description = "The model's codec; the desk voice's if not given." };
    private readonly Option<string?> _voice = new("--voice") { Description = "Only this voice of the folder." };
    private readonly Option<int> _rank = new("--lora") { Description = "Rank of low-rank fine-tuning; 0 trains every weight.", DefaultValueFactory = _ => 16 };
    private readonly Option<int> _rows = new("--rows") { Description = "Rows per sequence.", DefaultValueFactory = _ => 512 };
    private readonly Option<double> _depth = new("--depth-share") { Description = "Share of the frames the depth decoder learns from.", DefaultValueFactory = _ => 1.0 / 16 };
    private readonly Option<double?> _rate = new("--rate") { Description = "Learning rate (2e-4 low-rank, 3e-5 full, if not given)." };

    public TrainVoiceVerb(Shell shell)
        : base(shell, "voice", "Fine-tunes a speech model on a folder of recordings.", "train voice runs/mine --data recordings --base models/csm-1b --codec models/mimi") =>
        _run.AddTo(this, _data, _base, _codec, _voice, _rank, _rows, _depth, _rate);

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var run = _run.Folder(arguments);
        var rank = arguments.GetValue(_rank);
        var options = new CsmOptions
        {
            Run = run,
            Corpus = Path.Combine(run, "corpus"),
            Codec = arguments.GetValue(_codec) ?? TrainingRun.DeskCodec(Shell),
            Start = arguments.GetValue(_base),
            Voice = arguments.GetValue(_voice),
            LoraRank = rank,
            Steps = _run.Steps(arguments),
            Rows = arguments.GetValue(_rows),
            DepthShare = arguments.GetValue(_depth),
            LearningRate = arguments.GetValue(_rate) ?? (rank > 0 ? LowRankRate : FullRate),
            Batch = 2,
            Corruption = 0,
            Dropout = 0.05,
            JudgeEvery = 100,
        };
        var estimate = MemoryEstimate.Of(CsmConfig.Open(Path.Combine(options.Start!, "config.json")), options);
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Shell.Notice($"needs about {estimate.TotalBytes / 1e9:f1} GB ({estimate.WeightBytes / 1e9:f1} weights and moments, {estimate.ActivationBytes / 1e9:f1} activations); this machine has {available / 1e9:f1}");
        if (estimate.TotalBytes > available)
        {
            throw new CliException(ExitCode.Missing, $"Training would need about {estimate.TotalBytes / 1e9:f1} GB and {available / 1e9:f1} are there. Take --lora 16 or fewer --rows.");
        }

        if (!Directory.Exists(options.Corpus))
        {
            var skipped = CorpusPreparer.Prepare(new() { Source = arguments.GetValue(_data)!, Output = options.Corpus, HeldOutShare = 0.1 }, null, cancellationToken);
            Shell.Notice($"{skipped.Count} recordings left out (corpus/skipped.tsv names them)");
        }

        return _run.RunAsync(Shell, arguments, ("model", "csm"), progress => CsmTrainer.Run(options, progress, cancellationToken), cancellationToken);
    }
}
