using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Voices;

/// <summary>Writes down what a recording says.</summary>
internal static class Transcriber
{
    /// <summary>Recognises a whole recording.</summary>
    /// <param name="recognizer">The recogniser.</param>
    /// <param name="samples">24 kHz mono.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<string> TextAsync(ISpeechRecognizer recognizer, ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
    {
        var session = await recognizer.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            await session.StartAsync(cancellationToken).ConfigureAwait(false);
            const int Step = 2_400;
            for (var at = 0; at < samples.Length; at += Step)
            {
                await session.AcceptAsync(samples.Slice(at, Math.Min(Step, samples.Length - at)), cancellationToken).ConfigureAwait(false);
            }

            return (await session.FinishAsync(cancellationToken).ConfigureAwait(false)).Text;
        }
    }
}
