using System.CommandLine;
using CsmAgent.Training.Codec;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Trains a Mimi.</summary>
internal sealed class TrainCodecVerb : Verb
{
    private static readonly CodecOptions Defaults = new() { Corpus = "", Run = "", Start = "" };
    private readonly TrainingRun _run = new(Defaults.Steps);
    private readonly Option<string> _corpus = new("--corpus") { Description = "A prepared corpus.", Required = true };
    private readonly Option<string?> _start = new("--start") { Description = "Codec to start from; the desk voice's if not given." };
    private readonly Option<CodecPhase> _phase = new("--phase") { Description = "What learns.", DefaultValueFactory = _ => Defaults.Phase };
    private readonly Option<string?> _speech = new("--speech") { Description = "Speech model whose own codes the decoder learns to voice, in half of the crops; for the phases that keep the codebooks." };
    private readonly Option<int> _batch = new("--batch") { Description = "Crops per step.", DefaultValueFactory = _ => Defaults.Batch };
    private readonly Option<int> _workers = new("--workers") { Description = "Threads.", DefaultValueFactory = _ => Defaults.Workers };
    private readonly Option<double> _rate = new("--rate") { Description = "Learning rate of the plateau.", DefaultValueFactory = _ => Defaults.LearningRate };
    private readonly Option<double> _decay = new("--decay-share") { Description = "Share of the run that decays.", DefaultValueFactory = _ => Defaults.DecayShare };
    private readonly Option<double> _phones = new("--phone-weight") { Description = "Weight of being understood: of the phones that codebook 0 tells, or in the phases that keep the codebooks of those that the sound tells.", DefaultValueFactory = _ => Defaults.PhoneWeight };
    private readonly Option<double> _cepstra = new("--cepstra-weight") { Description = "Weight of the distance as a recogniser looks at sound, in the phases that keep the codebooks.", DefaultValueFactory = _ => Defaults.CepstraWeight };
    private readonly Option<double> _spread = new("--spread-weight") { Description = "Weight of moving as much as the recording does, as a recogniser looks at sound, in the phases that keep the codebooks.", DefaultValueFactory = _ => Defaults.SpreadWeight };
    private readonly Option<int> _ear = new("--ear-steps") { Description = "Steps in which the ear that judges the sound learns on recordings first, in the phases that keep the codebooks.", DefaultValueFactory = _ => Defaults.EarSteps };
    private readonly Option<int> _seed = new("--seed") { Description = "Chooses crops and augmentation.", DefaultValueFactory = _ => Defaults.Seed };

    public TrainCodecVerb(Shell shell)
        : base(shell, "codec", "Trains a small Mimi on a prepared corpus.", "train codec runs/codec --corpus runs/corpus --steps 10000") =>
        _run.AddTo(this, _corpus, _start, _phase, _speech, _batch, _phones, _ear, _cepstra, _spread, _workers, _rate, _decay, _seed);

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = Defaults with
        {
            Run = _run.Folder(arguments),
            Corpus = arguments.GetValue(_corpus)!,
            Start = arguments.GetValue(_start) ?? TrainingRun.DeskCodec(Shell),
            Phase = arguments.GetValue(_phase),
            Speech = arguments.GetValue(_speech),
            Steps = _run.Steps(arguments),
            Batch = arguments.GetValue(_batch),
            PhoneWeight = arguments.GetValue(_phones),
            EarSteps = arguments.GetValue(_ear),
            CepstraWeight = arguments.GetValue(_cepstra),
            SpreadWeight = arguments.GetValue(_spread),
            Workers = arguments.GetValue(_workers),
            LearningRate = arguments.GetValue(_rate),
            DecayShare = arguments.GetValue(_decay),
            Seed = arguments.GetValue(_seed),
        };
        return _run.RunAsync(Shell, arguments, ("codec", "codec"), progress => CodecTrainer.Run(options, progress, cancellationToken), cancellationToken);
    }
}
