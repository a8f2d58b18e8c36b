using System.CommandLine;
using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Cli.Codes;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs;

/// <summary>Turns codec codes back into sound.</summary>
internal sealed class DecodeVerb : Verb
{
    private readonly Argument<string> _input = new("codes") { Description = "A codes file, as encode writes it." };
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The WAV file; beside the codes, with .wav, when left out.",
        HelpName = "FILE",
    };

    public DecodeVerb(Shell shell)
        : base(shell, "decode", "Turns codec codes back into sound.", "decode speech.codes --out again.wav")
    {
        Arguments.Add(_input);
        Options.Add(_out);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var input = arguments.GetRequiredValue(_input);
        var output = arguments.GetValue(_out) ?? Path.ChangeExtension(input, ".wav");
        var codes = CodesFile.Read(input);
        await using var engines = await AgentHost.StartAsync(Shell, [], cancellationToken).ConfigureAwait(false);
        await using var decoder = await engines.Services.GetRequiredService<ISpeechCodec>().OpenDecoderAsync(cancellationToken).ConfigureAwait(false);
        using var file = WavWriter.Create(output, AudioFormat.SampleRateHz, channelCount: 1);
        await FrameProgress.RunAsync(Shell, "decoding", codes.Frames.Count, async done =>
        {
            var left = codes.SampleCount;
            foreach (var frame in codes.Frames)
            {
                var samples = await decoder.DecodeAsync(frame, cancellationToken).ConfigureAwait(false);
                file.Write(samples.Span[..Math.Min(samples.Length, left)]);
                left -= Math.Min(samples.Length, left);
                done();
            }
        }).ConfigureAwait(false);
        Shell.Line($"{output}  {(double)codes.SampleCount / AudioFormat.SampleRateHz:0.00} s");
        return ExitCode.Ok;
    }
}
