using System.CommandLine;
using CsmAgent.Cli.Generate;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Voices;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs.Voices;

/// <summary>Plays a voice's recordings, and a sentence spoken with it.</summary>
internal sealed class VoicesPlayVerb : Verb
{
    private readonly Argument<string> _name = new("name") { Description = "A folder in voices/." };
    private readonly Option<string> _text = new("--text")
    {
        Description = "What to say with it.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "This is how I sound. The sun was low, and the boats came home.",
    };

    private readonly Option<bool> _promptOnly = new("--prompt-only") { Description = "Only the recordings, nothing new." };
    private readonly Option<string?> _out = new("--out") { Description = "Write a WAV file instead of playing.", HelpName = "FILE" };
    private readonly Option<string?> _device = new("--device") { Description = "The loudspeaker, by name or number.", HelpName = "NAME" };

    public VoicesPlayVerb(Shell shell)
        : base(shell, "play", "Plays a voice's recordings, and a sentence spoken with it.", "voices play warm", "voices play warm --text \"Hello.\" --out warm.wav")
    {
        Arguments.Add(_name);
        foreach (var option in (Option[])[_text, _promptOnly, _out, _device])
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var pack = new VoiceLibrary(Path.Combine(Shell.Root, "voices")).Find(arguments.GetRequiredValue(_name));
        if (arguments.GetValue(_promptOnly) && pack.Segments.Count == 0)
        {
            throw new CliException(ExitCode.Missing, $"The voice '{pack.Name}' has no recordings; leave out --prompt-only to hear it speak.");
        }

        await using var sink = SpeechSink.Open(Shell, arguments.GetValue(_out), arguments.GetValue(_device));
        foreach (var segment in pack.Segments)
        {
            await sink.WriteAsync(VoicePackFile.ReadAudio(pack, segment), cancellationToken).ConfigureAwait(false);
        }

        if (!arguments.GetValue(_promptOnly))
        {
            await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken).ConfigureAwait(false);
            var run = new SpeechRun(host.Services.GetRequiredService<ISpeechSynthesizer>(), host.Services.GetRequiredService<ISpeechCodec>());
            Shell.Notice($"{pack.Name}, spoken by the {run.Voice}");
            // Speaker 0 is the session's own voice, whichever id its pack has.
            var job = new SpeechJob(arguments.GetRequiredValue(_text), Speaker: 0, TimeSpan.FromSeconds(60)) { Voice = pack.Name };
            await foreach (var frame in run.FramesAsync(job, cancellationToken).ConfigureAwait(false))
            {
                await sink.WriteAsync(frame.Samples, cancellationToken).ConfigureAwait(false);
            }
        }

        await sink.FinishAsync(cancellationToken).ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
