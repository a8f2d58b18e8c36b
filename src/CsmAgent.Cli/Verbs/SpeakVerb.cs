using System.CommandLine;
using System.Runtime.CompilerServices;
using CsmAgent.Cli.Generate;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs;

/// <summary>Speaks text that is still being written: a voice for any program that prints.</summary>
internal sealed class SpeakVerb : Verb
{
    private readonly Option<bool> _stdin = new("--stdin") { Description = "Read the text from standard input while it arrives." };
    private readonly Option<string?> _text = new("--text") { Description = "Speak this instead.", HelpName = "TEXT" };
    private readonly Option<string?> _voice = new("--voice") { Description = "A folder in voices/.", HelpName = "NAME" };
    private readonly Option<string?> _out = new("--out") { Description = "Write a WAV file instead of playing.", HelpName = "FILE" };
    private readonly Option<string?> _device = new("--device") { Description = "The loudspeaker, by name or number.", HelpName = "NAME" };

    public SpeakVerb(Shell shell)
        : base(
            shell,
            "speak",
            "Speaks text while it is still being written, clause by clause.",
            "speak --stdin --voice warm",
            "speak --stdin --out reply.wav < reply.txt",
            "speak --text \"Good morning.\"")
    {
        foreach (var option in (Option[])[_stdin, _text, _voice, _out, _device])
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var text = arguments.GetValue(_text);
        if (arguments.GetValue(_stdin) == text is not null)
        {
            throw new CliException(ExitCode.Usage, "Say what to speak: --stdin or --text TEXT, one of them.");
        }

        await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken).ConfigureAwait(false);
        var synthesizer = host.Services.GetRequiredService<ISpeechSynthesizer>();
        await using var sink = SpeechSink.Open(Shell, arguments.GetValue(_out), arguments.GetValue(_device));
        using TextReader source = text is null ? new StreamReader(Console.OpenStandardInput()) : new StringReader(text);
        Shell.Notice($"Speaking with the {synthesizer.Name}.");
        await foreach (var frame in synthesizer.SpeakAsync(PiecesAsync(source, cancellationToken), arguments.GetValue(_voice), cancellationToken).ConfigureAwait(false))
        {
            await sink.WriteAsync(frame.Samples, cancellationToken).ConfigureAwait(false);
        }

        await sink.FinishAsync(cancellationToken).ConfigureAwait(false);
        return ExitCode.Ok;
    }

    private static async IAsyncEnumerable<string> PiecesAsync(TextReader source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new char[1_024];
        int read;
        while ((read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            yield return new string(buffer, 0, read);
        }
    }
}
