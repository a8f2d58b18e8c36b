using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Reply;

/// <summary>Speaks text that is still being written.</summary>
public static class StreamedSpeech
{
    private const int ClausesAhead = 16;
    private const int LongestFrames = 1_125;

    /// <summary>Speaks text as it arrives, clause by clause in one session: the first frames come while the rest is still unwritten.
    /// The writer is held back when it is more than sixteen clauses ahead; leaving the loop ends both sides.</summary>
    /// <param name="synthesizer">Speaks.</param>
    /// <param name="text">Pieces of any size that join without separators, such as a language model's tokens.</param>
    /// <param name="voice">A folder in <c>voices/</c>; null takes the default.</param>
    /// <param name="cancellationToken">Stops both sides.</param>
    /// <returns>Frames of 80 ms at 24 kHz; <see cref="SpeechFrame.Index"/> begins anew with each clause.</returns>
    /// <exception cref="EngineException">The voice or the engine fails; what the text's own source throws comes through as it is.</exception>
    public static async IAsyncEnumerable<SpeechFrame> SpeakAsync(
        this ISpeechSynthesizer synthesizer, IAsyncEnumerable<string> text, string? voice = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(synthesizer);
        ArgumentNullException.ThrowIfNull(text);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var clauses = Channel.CreateBounded<string>(ClausesAhead);
        var reading = ReadAsync(text, clauses.Writer, both.Token);
        try
        {
            var session = await synthesizer.OpenAsync(voice, cancellationToken);
            await using (session)
            {
                await foreach (var clause in clauses.Reader.ReadAllAsync(cancellationToken))
                {
                    await foreach (var frame in session.SpeakAsync(new SpeechRequest(1, clause, 0, LongestFrames), cancellationToken))
                    {
                        yield return frame;
                    }
                }
            }
        }
        finally
        {
            await both.CancelAsync();
            await reading;
        }
    }

    // Never throws: what goes wrong reaches the other side through the channel.
    private static async Task ReadAsync(IAsyncEnumerable<string> text, ChannelWriter<string> clauses, CancellationToken cancellationToken)
    {
        try
        {
            var splitter = new ClauseSplitter();
            await foreach (var piece in text.WithCancellation(cancellationToken))
            {
                await WriteAsync(splitter.Add(piece));
            }

            await WriteAsync(splitter.Finish());
            clauses.Complete();
        }
#pragma warning disable CA1031 // Passed on, not swallowed.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            clauses.Complete(fault);
        }

        async Task WriteAsync(IReadOnlyList<string> ready)
        {
            foreach (var clause in ready.Select(SpeechText.ToWords).Where(clause => clause.Any(char.IsLetterOrDigit)))
            {
                await clauses.WriteAsync(clause, cancellationToken);
            }
        }
    }
}
