using System.CommandLine;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Tensors.Sampling;
using CsmAgent.Training.Evaluation;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Judges codec and voice by a recogniser.</summary>
internal sealed class EvaluateVerb : Verb
{
    private readonly Argument<string> _output = new("output") { Description = "Folder for report.html and figures.json." };
    private readonly Option<string> _corpus = new("--corpus") { Description = "A prepared corpus.", Required = true };
    private readonly Option<string?> _codec = new("--codec") { Description = "Codec to judge; the desk voice's if not given." };
    private readonly Option<string?> _speech = new("--csm") { Description = "Speech model to judge; without it the codec alone." };
    private readonly Option<string[]> _logs = new("--log") { Description = "A run's log.jsonl to draw; may be repeated." };
    private readonly Option<int> _sentences = new("--sentences") { Description = "Held-out sentences of eight words or more.", DefaultValueFactory = _ => 200 };
    private readonly Option<int> _turns = new("--turns") { Description = "Turns heard before each sentence: 1 of the voice's own; more are a conversation with another voice.", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _precision = new("--precision") { Description = "How the speech model's weights are held: float32, bfloat16, int8, mixed or int4.", DefaultValueFactory = _ => "float32" };
    private readonly Option<float> _temperature = new("--temperature") { Description = "How freely the voice draws its codes; 0 takes the likeliest.", DefaultValueFactory = _ => 0.8f };
    private readonly Option<float> _guidance = new("--guidance") { Description = "Scale of classifier-free guidance towards the text, 1 (none) to 10.", DefaultValueFactory = _ => 1 };
    private readonly Option<float> _voiceGuidance = new("--voice-guidance") { Description = "Scale of the same towards the turns before, and with them the voice.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _seed = new("--seed") { Description = "Chooses sentences and codes.", DefaultValueFactory = _ => 1 };

    public EvaluateVerb(Shell shell)
        : base(
            shell, "evaluate", "Lets a recogniser judge codec and voice on held-out sentences, beside the source.",
            "evaluate runs/report --corpus runs/corpus --codec runs/codec/codec --log runs/codec/log.jsonl")
    {
        _precision.AcceptOnlyFromAmong([.. CsmPacking.Names]);
        _turns.Accepts(turns => turns >= 1, "1 or more turns");
        _guidance.Accepts(ClassifierFreeGuidance.IsScale, $"1 to {ClassifierFreeGuidance.LargestScale}");
        _voiceGuidance.Accepts(ClassifierFreeGuidance.IsScale, $"1 to {ClassifierFreeGuidance.LargestScale}");
        Arguments.Add(_output);
        foreach (var option in (Option[])[_corpus, _codec, _speech, _logs, _sentences, _turns, _precision, _temperature, _guidance, _voiceGuidance, _seed])
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new EvaluationOptions
        {
            Output = arguments.GetValue(_output)!,
            Corpus = arguments.GetValue(_corpus)!,
            Codec = arguments.GetValue(_codec) ?? Path.Combine(Shell.Root, "voices", "desk", "mimi"),
            Speech = arguments.GetValue(_speech),
            Logs = arguments.GetValue(_logs) ?? [],
            Sentences = arguments.GetValue(_sentences),
            Turns = arguments.GetValue(_turns),
            Packing = CsmPacking.Named(arguments.GetValue(_precision)!),
            Temperature = arguments.GetValue(_temperature),
            Guidance = arguments.GetValue(_guidance),
            VoiceGuidance = arguments.GetValue(_voiceGuidance),
            Seed = arguments.GetValue(_seed),
        };
        var evaluation = await new VoiceEvaluator(options, new LineProgress<string>(Shell.Notice)).RunAsync(cancellationToken);
        foreach (var line in evaluation.Lines())
        {
            Shell.Line(line);
        }

        Shell.Line($"report: {Path.Combine(options.Output, "report.html")}");
        return ExitCode.Ok;
    }
}
