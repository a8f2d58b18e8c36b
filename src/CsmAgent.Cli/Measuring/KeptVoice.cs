using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Measuring;

/// <summary>Synthesises each clause once and keeps it; only for voices that ignore their context.</summary>
internal sealed class KeptVoice(ISpeechSynthesizer voice) : ISpeechSynthesizer
{
    private readonly ConcurrentDictionary<string, SpeechFrame[]> _kept = [];

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
            if (!owner._kept.TryGetValue(request.Text, out var frames))
            {
                // Made whole, even when this listener leaves early.
                frames = await owner.SynthesiseAsync(name, request).ConfigureAwait(false);
                owner._kept[request.Text] = frames;
            }

            foreach (var frame in frames)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return frame;
            }
        }

        public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken) => ValueTask.CompletedTask;

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
