using System.CommandLine;
using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Cli.Codes;
using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs;

/// <summary>Turns a recording into codec codes.</summary>
internal sealed class EncodeVerb : Verb
{
    private readonly Argument<string> _input = new("wav") { Description = "A WAV file of any rate, mono or stereo." };
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The codes file (safetensors: int32 [codebooks, frames]); beside the recording, with .codes, when left out.",
        HelpName = "FILE",
    };

    public EncodeVerb(Shell shell)
        : base(shell, "encode", "Turns a recording into codec codes.", "encode speech.wav", "encode speech.wav --out speech.codes")
    {
        Arguments.Add(_input);
        Options.Add(_out);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var input = arguments.GetRequiredValue(_input);
        var output = arguments.GetValue(_out) ?? Path.ChangeExtension(input, ".codes");
        var samples = WavFile.Read(input).ToHouseFormat();
        if (samples.Length == 0)
        {
            throw new CliException(ExitCode.Usage, $"{input} is empty: there is nothing to encode.");
        }

        await using var engines = await AgentHost.StartAsync(Shell, [], cancellationToken).ConfigureAwait(false);
        await using var encoder = await engines.Services.GetRequiredService<ISpeechCodec>().OpenEncoderAsync(cancellationToken).ConfigureAwait(false);
        var count = (samples.Length + AudioFormat.FrameSamples - 1) / AudioFormat.FrameSamples;
        var whole = new float[count * AudioFormat.FrameSamples];
        samples.CopyTo(whole, 0);
        List<CodeFrame> frames = new(count);
        await FrameProgress.RunAsync(Shell, "encoding", count, async done =>
        {
            for (var i = 0; i < count; i++)
            {
                frames.Add(await encoder.EncodeAsync(whole.AsMemory(i * AudioFormat.FrameSamples, AudioFormat.FrameSamples), cancellationToken).ConfigureAwait(false));
                done();
            }
        }).ConfigureAwait(false);
        new CodesFile(frames, samples.Length).Write(output);
        Shell.Line($"{output}  {count} frames, {frames[0].Codes.Length} codebooks");
        return ExitCode.Ok;
    }
}
