using System.CommandLine;
using CsmAgent.Cli.Generate;
using CsmAgent.Cli.Hosting;
using CsmAgent.Cli.Voices;
using CsmAgent.Conversation.Dialogue;
using CsmAgent.Conversation.Dialogue.Script;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs.Dialogue;

/// <summary>Turns a script into a conversation of several voices.</summary>
internal sealed class DialogueVerb : Verb
{
    private readonly Argument<string> _script = new("script") { Description = "Lines such as 'Anna: Hello.', as text, Markdown (.md) or JSON (.json)." };
    private readonly Option<string?> _voices = new("--voices") { Description = "Who speaks with which voice, for example Anna=warm,Ben=deep.", HelpName = "CAST" };
    private readonly Option<string?> _out = new("--out") { Description = "The WAV file; captions (.vtt, .srt) lie beside it. Left out: the script's name.", HelpName = "FILE" };
    private readonly Option<bool> _play = new("--play") { Description = "Play it while it is made, with captions." };
    private readonly Option<string?> _device = new("--device") { Description = "The loudspeaker, by name or number.", HelpName = "NAME" };
    private readonly Option<bool> _stems = new("--stems") { Description = "Also write each speaker's own file." };
    private readonly Option<bool> _mono = new("--mono") { Description = "One channel, everybody in the middle." };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Same seed, same dialogue.", DefaultValueFactory = _ => 0 };
    private readonly Option<float?> _temperature = new("--temperature") { Description = "0 (most likely) to 2; the voice's if not given." };
    private readonly Option<int?> _topK = new("--topk") { Description = "Choose among the K most likely codes; as many as the voice's if not given." };
    private readonly Option<string?> _redo = new("--redo") { Description = "Speak these lines anew, for example 3,7; the others stay.", HelpName = "LINES" };
    private readonly Option<bool> _fresh = new("--fresh") { Description = "Forget what was spoken before." };
    private readonly Option<double> _gap = new("--gap") { Description = "Seconds between lines, 0 to 5.", DefaultValueFactory = _ => 0.25 };

    public DialogueVerb(Shell shell)
        : base(
            shell,
            "dialogue",
            "Turns a script into a conversation of two to four voices that hear each other.",
            "dialogue voices/dialogue-demo.txt --play",
            "dialogue talk.txt --voices Anna=warm,Ben=deep --out talk.wav --stems",
            "dialogue talk.txt --voices Anna=warm,Ben=deep --redo 3")
    {
        Arguments.Add(_script);
        foreach (var option in (Option[])[_voices, _out, _play, _device, _stems, _mono, _seed, _temperature, _topK, _redo, _fresh, _gap])
        {
            Options.Add(option);
        }

        _gap.Accepts(gap => gap is >= 0 and <= 5, "0 to 5 seconds");
        _temperature.Accepts(temperature => temperature is null or (>= 0 and <= 2), "0 to 2");
        _topK.Accepts(topK => topK is null or (>= 1 and <= 2_051), "1 to 2051");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(_script);
        var cast = Cast.Parse("--voices", arguments.GetValue(_voices), needsVoices: true);
        var script = DialogueParser.Parse(
            await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false), DialogueParser.FormatOf(path), path, cast?.Names);
        var voices = Cast.Voices(
            [.. script.Speakers.Select(speaker => cast?.VoiceOf(speaker.Name) ?? speaker.Voice)], new VoiceLibrary(Path.Combine(Shell.Root, "voices")));
        var output = Path.GetFullPath(arguments.GetValue(_out) ?? Path.GetFileNameWithoutExtension(path) + ".wav");
        var settings = new DialogueSettings(output, voices)
        {
            Seed = arguments.GetValue(_seed),
            Sampling = new SpeechSampling(arguments.GetValue(_temperature), arguments.GetValue(_topK)),
            Gap = TimeSpan.FromSeconds(arguments.GetValue(_gap)),
            Redo = LineNumbers.Parse(arguments.GetValue(_redo)),
            IsFresh = arguments.GetValue(_fresh),
            IsStereo = !arguments.GetValue(_mono),
            HasStems = arguments.GetValue(_stems),
        };

        await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken).ConfigureAwait(false);
        var synthesizer = host.Services.GetRequiredService<ISpeechSynthesizer>();
        Shell.Notice($"{script.Lines.Count} lines; {string.Join(", ", script.Speakers.Select((speaker, i) => $"{speaker.Name} is {voices[i]}"))}; spoken by the {synthesizer.Name}");
        var renderer = new DialogueRenderer(synthesizer, Shell.Time);
        DialogueResult result;
        if (arguments.GetValue(_play))
        {
            await using var loudspeaker = SpeechSink.Play(Shell, arguments.GetValue(_device));
            result = await renderer.RenderAsync(script, settings, null, new CaptionedLoudspeaker(loudspeaker, Shell, [.. script.Speakers.Select(speaker => speaker.Name)]), cancellationToken).ConfigureAwait(false);
            await loudspeaker.FinishAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            result = await DialogueScreen.ShowAsync(
                Shell, progress => renderer.RenderAsync(script, settings, progress, null, cancellationToken)).ConfigureAwait(false);
        }

        Report(result);
        return ExitCode.Ok;
    }

    private void Report(DialogueResult result)
    {
        foreach (var warning in result.Warnings)
        {
            Shell.Notice(warning);
        }

        var speed = result.RealTimeFactor is { } rtf ? $", RTF {rtf:0.00}" : "";
        Shell.Notice($"{result.Duration:m\\:ss\\.f} of dialogue, {result.GeneratedLines} lines spoken now{speed}");
        foreach (var file in result.Files)
        {
            Shell.Line(file);
        }
    }
}
