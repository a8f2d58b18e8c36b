using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Measuring;

/// <summary>Lends one session to one conversation after the other: loading language models costs more than a scene.</summary>
internal sealed class KeptRecognizer(ISpeechRecognizer recognizer) : ISpeechRecognizer, IAsyncDisposable
{
    private IRecognitionSession? _session;

    public string Name => recognizer.Name;

    public async ValueTask<IRecognitionSession> OpenAsync(CancellationToken cancellationToken) =>
        new Loan(_session ??= await recognizer.OpenAsync(cancellationToken).ConfigureAwait(false));

    public ValueTask DisposeAsync() => _session?.DisposeAsync() ?? ValueTask.CompletedTask;

    private sealed class Loan(IRecognitionSession session) : IRecognitionSession
    {
        public ValueTask StartAsync(CancellationToken cancellationToken) => session.StartAsync(cancellationToken);

        public ValueTask<string?> AcceptAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken) => session.AcceptAsync(samples, cancellationToken);

        public ValueTask<Recognition> FinishAsync(CancellationToken cancellationToken) => session.FinishAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
