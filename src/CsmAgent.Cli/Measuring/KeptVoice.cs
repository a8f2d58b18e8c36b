using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Measuring;

/// <summary>Synthesises each clause once and keeps it; only for voices that ignore their context.</summary>
internal sealed class KeptVoice(ISpeechSynthesizer voice) : ISpeechSynthesizer
{
    private readonly ConcurrentDictionary<string, Lazy<Task<SpeechFrame[]>>> _kept = [];

    public string Name => voice.Name;

    public bool IsBootstrap => voice.IsBootstrap;

    public ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ISpeechSession>(new Session(this, voice));

    private sealed class Session(KeptVoice owner, string? name) : ISpeechSession
    {
        public (int Used, int Limit) Positions => (0, int.MaxValue);

        public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            // Made once and whole, whoever else waits for it and even when this listener leaves early.
            var making = owner._kept.GetOrAdd(request.Text, _ => new Lazy<Task<SpeechFrame[]>>(() => owner.SynthesiseAsync(name, request)));
            var frames = await making.Value.ConfigureAwait(false);
            foreach (var frame in frames)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return frame;
            }
        }

        public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISpeechSession>(new Session(owner, name));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private async Task<SpeechFrame[]> SynthesiseAsync(string? name, SpeechRequest request)
    {
        var session = await voice.OpenAsync(name, CancellationToken.None).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            List<SpeechFrame> frames = [];
            await foreach (var frame in session.SpeakAsync(request, CancellationToken.None).ConfigureAwait(false))
            {
                frames.Add(frame);
            }

            return [.. frames];
        }
    }
}
