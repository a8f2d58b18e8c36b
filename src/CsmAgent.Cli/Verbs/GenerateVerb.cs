using System.CommandLine;
using CsmAgent.Cli.Generate;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs;

/// <summary>Speaks one text, to a file or the loudspeaker.</summary>
internal sealed class GenerateVerb : Verb
{
    private readonly Argument<string> _text = new("text")
    {
        Description = "What to say; - reads it from standard input.",
    };

    private readonly Option<string?> _out = new("--out") { Description = "The WAV file to write.", HelpName = "FILE" };
    private readonly Option<bool> _play = new("--play") { Description = "Play it while it is generated." };
    private readonly Option<string?> _device = new("--device") { Description = "The loudspeaker, by name or number.", HelpName = "NAME" };
    private readonly Option<string?> _voice = new("--voice") { Description = "A folder in voices/.", HelpName = "NAME" };
    private readonly Option<int> _speaker = new("--speaker") { Description = "Speaker id, 0 to 9.", DefaultValueFactory = _ => 0 };
    private readonly Option<string[]> _context = new("--context")
    {
        Description = "What was said before: a WAV file, its speaker and its words, as FILE:SPEAKER:TEXT; repeatable, oldest first.",
        HelpName = "SEGMENT",
    };

    private readonly Option<ulong?> _seed = new("--seed") { Description = "Same seed, same speech." };
    private readonly Option<float?> _temperature = new("--temperature") { Description = "0 (most likely) to 2; the voice's if not given." };
    private readonly Option<int?> _topK = new("--topk") { Description = "Choose among the K most likely codes, 1 or more; as many as the voice's if not given." };
    private readonly Option<double> _maximum = new("--max-seconds")
    {
        Description = "Stop after this much speech.",
        DefaultValueFactory = _ => 90,
    };

    public GenerateVerb(Shell shell)
        : base(
            shell,
            "generate",
            "Speaks one text, to a file or the loudspeaker.",
            "generate \"Good morning.\" --play",
            "generate \"It is ten past two.\" --out time.wav --seed 7 --temperature 0.8",
            "generate \"Oh, really?\" --speaker 1 --context anna.wav:0:\"We went by train.\" --out reply.wav",
            "generate - --out chapter.wav < chapter.txt")
    {
        Arguments.Add(_text);
        foreach (var option in (Option[])[_out, _play, _device, _voice, _speaker, _context, _seed, _temperature, _topK, _maximum])
        {
            Options.Add(option);
        }

        _speaker.Accepts(speaker => speaker is >= 0 and <= 9, "0 to 9");
        _temperature.Accepts(temperature => temperature is null or (>= 0 and <= 2), "0 to 2");
        _topK.Accepts(topK => topK is null or >= 1, "1 or more");
        _maximum.Accepts(seconds => seconds is > 0 and <= 3600, "more than 0, at most 3600");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var text = arguments.GetRequiredValue(_text);
        if (text == "-")
        {
            text = await Console.In.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        }

        var output = arguments.GetValue(_out);
        var play = arguments.GetValue(_play);
        if (output is null && !play)
        {
            throw new CliException(ExitCode.Usage, "Say where the speech goes: --out FILE, --play, or both.");
        }

        var job = new SpeechJob(text, arguments.GetValue(_speaker), TimeSpan.FromSeconds(arguments.GetValue(_maximum)))
        {
            Voice = arguments.GetValue(_voice),
            Context = [.. (arguments.GetValue(_context) ?? []).Select(ContextSegment.Parse)],
            Sampling = arguments.GetValue(_seed) is null && arguments.GetValue(_temperature) is null && arguments.GetValue(_topK) is null
                ? null
                : new SpeechSampling(arguments.GetValue(_temperature), arguments.GetValue(_topK), arguments.GetValue(_seed) ?? 0),
        };

        await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken).ConfigureAwait(false);
        var speech = new SpeechRun(host.Services.GetRequiredService<ISpeechSynthesizer>(), host.Services.GetRequiredService<ISpeechCodec>());
        List<ISpeechSink> sinks = [];
        try
        {
            if (output is not null)
            {
                sinks.Add(new FileSink(output));
            }

            if (play)
            {
                sinks.Add(SpeechSink.Play(Shell, arguments.GetValue(_device)));
            }

            var done = await SpeechProgress.ShowAsync(Shell, speech, job, sinks, cancellationToken).ConfigureAwait(false);
            foreach (var sink in sinks)
            {
                await sink.FinishAsync(cancellationToken).ConfigureAwait(false);
            }

            Shell.Notice(
                $"{done.Audio.TotalSeconds:0.00} s of speech by the {speech.Voice}, computed in {done.Computing.TotalSeconds:0.00} s "
                + $"(RTF {done.RealTimeFactor:0.00}), first frame after {done.FirstFrame.TotalMilliseconds:0} ms");
            return ExitCode.Ok;
        }
        finally
        {
            foreach (var sink in sinks)
            {
                await sink.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
