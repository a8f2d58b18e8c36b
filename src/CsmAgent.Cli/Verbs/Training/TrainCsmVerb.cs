using System.CommandLine;
using CsmAgent.Training.Speech;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Trains a CSM.</summary>
internal sealed class TrainCsmVerb : Verb
{
    private static readonly CsmOptions Defaults = new() { Corpus = "", Run = "", Codec = "" };
    private readonly TrainingRun _run = new(Defaults.Steps);
    private readonly Option<string> _corpus = new("--corpus") { Description = "A prepared corpus.", Required = true };
    private readonly Option<string?> _codec = new("--codec") { Description = "Codec whose codes it learns; the desk voice's if not given." };
    private readonly Option<string?> _start = new("--start") { Description = "Model to start from; a fresh one if not given." };
    private readonly Option<string?> _voice = new("--voice") { Description = "Only this voice of the corpus: fine-tuning." };
    private readonly Option<int> _batch = new("--batch") { Description = "Sequences per step.", DefaultValueFactory = _ => Defaults.Batch };
    private readonly Option<int> _rows = new("--rows") { Description = "Rows per sequence: no conversation longer than this will be understood.", DefaultValueFactory = _ => Defaults.Rows };
    private readonly Option<double> _depth = new("--depth-share") { Description = "Share of the frames the depth decoder learns from (0.0625 as published).", DefaultValueFactory = _ => Defaults.DepthShare };
    private readonly Option<double> _depthDecay = new("--depth-decay") { Description = "Weight in the loss of each codebook after codebook 1 as a share of the one before (1 as published): the first carry the words.", DefaultValueFactory = _ => Defaults.DepthDecay };
    private readonly Option<double> _phones = new("--phone-weight") { Description = "Weight of the next frame's phones in the loss; 0 for a corpus without phone labels.", DefaultValueFactory = _ => 0.5 };
    private readonly Option<double> _guide = new("--guide-weight") { Description = "Weight of where the backbone looks in its text; 0 for a corpus without phone labels or a model that does not read bytes.", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _voiceGuide = new("--voice-weight") { Description = "Weight of where the backbone looks for its voice: at its tag, and at what the same speaker said before.", DefaultValueFactory = _ => Defaults.VoiceWeight };
    private readonly Option<double> _voiceDropout = new("--voice-dropout") { Description = "Share of the utterances of which only codebook 0 is heard, so that the voice must come from earlier turns.", DefaultValueFactory = _ => Defaults.VoiceDropout };
    private readonly Option<double> _textDropout = new("--text-dropout") { Description = "Share of the utterances whose text is withheld, for classifier-free guidance.", DefaultValueFactory = _ => Defaults.TextDropout };
    private readonly Option<double> _dropout = new("--dropout") { Description = "Dropout of what each of the backbone's layers adds.", DefaultValueFactory = _ => Defaults.Dropout };
    private readonly Option<double> _corruption = new("--corruption") { Description = "Share of the input frames that are corrupted, so that the voice finds its way back from its own mistakes.", DefaultValueFactory = _ => Defaults.Corruption };
    private readonly Option<double> _own = new("--own-codes") { Description = "Share of the utterances that are heard as the start model itself would say them, so that the voice learns to go on from its own codes.", DefaultValueFactory = _ => Defaults.OwnCodes };
    private readonly Option<int> _starts = new("--starts") { Description = "Starts, spread over a frame, at which every utterance is encoded, silence before it: 1, 2 or 4.", DefaultValueFactory = _ => Defaults.Starts };
    private readonly Option<double> _codeTemperature = new("--code-temperature") { Description = "Draws the codes of recordings from the near ones at every hearing, so that they are not learnt by heart: an entry this share further than the nearest is e times less likely. Falls as the rate does. 0 takes the nearest.", DefaultValueFactory = _ => Defaults.CodeTemperature };
    private readonly Option<int> _workers = new("--workers") { Description = "Threads.", DefaultValueFactory = _ => Defaults.Workers };
    private readonly Option<double> _rate = new("--rate") { Description = "Learning rate of the plateau.", DefaultValueFactory = _ => Defaults.LearningRate };
    private readonly Option<double> _decay = new("--decay-share") { Description = "Share of the run that decays.", DefaultValueFactory = _ => Defaults.DecayShare };
    private readonly Option<bool> _single = new("--single-precision") { Description = "Computes in float32 instead of bfloat16." };
    private readonly Option<int> _seed = new("--seed") { Description = "Chooses conversations, corruption and dropout.", DefaultValueFactory = _ => Defaults.Seed };

    public TrainCsmVerb(Shell shell)
        : base(shell, "csm", "Trains a small CSM on the codes of a codec.", "train csm runs/csm --corpus runs/corpus --codec runs/codec/codec --steps 4000")
    {
        _depthDecay.Accepts(decay => decay > 0, "above 0");
        _codeTemperature.Accepts(temperature => temperature >= 0, "0 or above");
        _starts.AcceptOnlyFromAmong("1", "2", "4");
        _run.AddTo(this, _corpus, _codec, _start, _voice, _batch, _rows, _depth, _depthDecay, _phones, _guide, _voiceGuide, _voiceDropout, _textDropout, _dropout, _corruption, _own, _starts, _codeTemperature, _workers, _rate, _decay, _single, _seed);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = Defaults with
        {
            Run = _run.Folder(arguments),
            Corpus = arguments.GetValue(_corpus)!,
            Codec = arguments.GetValue(_codec) ?? TrainingRun.DeskCodec(Shell),
            Start = arguments.GetValue(_start),
            Voice = arguments.GetValue(_voice),
            Steps = _run.Steps(arguments),
            Batch = arguments.GetValue(_batch),
            Rows = arguments.GetValue(_rows),
            DepthShare = arguments.GetValue(_depth),
            DepthDecay = arguments.GetValue(_depthDecay),
            PhoneWeight = arguments.GetValue(_phones),
            GuideWeight = arguments.GetValue(_guide),
            VoiceWeight = arguments.GetValue(_voiceGuide),
            VoiceDropout = arguments.GetValue(_voiceDropout),
            TextDropout = arguments.GetValue(_textDropout),
            Dropout = arguments.GetValue(_dropout),
            Corruption = arguments.GetValue(_corruption),
            OwnCodes = arguments.GetValue(_own),
            Starts = arguments.GetValue(_starts),
            CodeTemperature = arguments.GetValue(_codeTemperature),
            Workers = arguments.GetValue(_workers),
            LearningRate = arguments.GetValue(_rate),
            DecayShare = arguments.GetValue(_decay),
            HalfPrecision = !arguments.GetValue(_single),
            Seed = arguments.GetValue(_seed),
        };
        return _run.RunAsync(Shell, arguments, ("model", "csm"), progress => CsmTrainer.Run(options, progress, cancellationToken), cancellationToken);
    }
}
