using System.Runtime.CompilerServices;
using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;

namespace CsmAgent.Cli.Generate;

/// <summary>Speaks a job clause by clause in one session, so that each clause hears the ones before.</summary>
internal sealed class SpeechRun(ISpeechSynthesizer synthesizer, ISpeechCodec codec)
{
    /// <summary>The voice's name.</summary>
    public string Voice => synthesizer.Name;

    /// <summary>The job's clauses, as they will be spoken.</summary>
    /// <exception cref="CliException">There is nothing to say.</exception>
    public static IReadOnlyList<string> Clauses(string text)
    {
        var splitter = new ClauseSplitter();
        string[] clauses =
        [
            .. splitter.Add(text).Concat(splitter.Finish()).Select(SpeechText.ToWords).Where(clause => clause.Any(char.IsLetterOrDigit)),
        ];
        return clauses.Length > 0
            ? clauses
            : throw new CliException(ExitCode.Usage, text.Trim().Length == 0 ? "The text is empty." : "There is nothing in the text that can be spoken.");
    }

    /// <summary>Generates; frames come as each is decoded.</summary>
    public async IAsyncEnumerable<SpeechFrame> FramesAsync(SpeechJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var clauses = Clauses(job.Text);
        var session = await synthesizer.OpenAsync(job.Voice, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            foreach (var segment in job.Context)
            {
                await session.AppendAsync(await HearAsync(segment, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }

            var left = (int)Math.Ceiling(job.Maximum.TotalSeconds * AudioFormat.FramesPerSecond);
            foreach (var clause in clauses)
            {
                if (left == 0)
                {
                    yield break;
                }

                var request = new SpeechRequest(1, clause, job.Speaker, left, job.Sampling);
                await foreach (var frame in session.SpeakAsync(request, cancellationToken).ConfigureAwait(false))
                {
                    left--;
                    yield return frame;
                }
            }
        }
    }

    private async Task<HeardSegment> HearAsync(ContextSegment segment, CancellationToken cancellationToken)
    {
        var samples = WavFile.Read(segment.File).ToHouseFormat();
        var encoder = await codec.OpenEncoderAsync(cancellationToken).ConfigureAwait(false);
        await using (encoder.ConfigureAwait(false))
        {
            List<CodeFrame> codes = [];
            for (var at = 0; at + AudioFormat.FrameSamples <= samples.Length; at += AudioFormat.FrameSamples)
            {
                codes.Add(await encoder.EncodeAsync(samples.AsMemory(at, AudioFormat.FrameSamples), cancellationToken).ConfigureAwait(false));
            }

            return new HeardSegment(segment.Speaker, segment.Text, codes);
        }
    }
}
