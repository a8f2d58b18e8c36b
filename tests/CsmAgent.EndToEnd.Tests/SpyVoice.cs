using System.Runtime.CompilerServices;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>Keeps what a synthesiser gave and what it was told, and is otherwise that synthesiser.</summary>
public sealed class SpyVoice(ISpeechSynthesizer real) : ISpeechSynthesizer
{
    public string Name => real.Name;

    public bool IsBootstrap => real.IsBootstrap;

    /// <summary>Samples given for each of the agent's turns, in order.</summary>
    public Dictionary<int, List<float>> Spoken { get; } = [];

    /// <summary>Texts asked for in each of the agent's turns.</summary>
    public Dictionary<int, List<string>> Texts { get; } = [];

    /// <summary>Frames and text a cut turn was rolled back to.</summary>
    public List<(int Turn, int Frames, string Text)> RolledBack { get; } = [];

    public async ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken) =>
        new Session(this, await real.OpenAsync(voice, cancellationToken));

    private sealed class Session(SpyVoice spy, ISpeechSession session) : ISpeechSession
    {
        public (int Used, int Limit) Positions => session.Positions;

        public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken) => session.AppendAsync(segment, cancellationToken);

        public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Take(spy.Texts, request.Turn).Add(request.Text);
            var samples = Take(spy.Spoken, request.Turn);
            await foreach (var frame in session.SpeakAsync(request, cancellationToken))
            {
                samples.AddRange(frame.Samples.ToArray());
                yield return frame;
            }
        }

        public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken)
        {
            spy.RolledBack.Add((turn, heardFrames, heardText));
            return session.RollBackAsync(turn, heardFrames, heardText, cancellationToken);
        }

        public async ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken) => new Session(spy, await session.ForkAsync(cancellationToken));

        public ValueTask DisposeAsync() => session.DisposeAsync();

        private static List<T> Take<T>(Dictionary<int, List<T>> all, int turn)
        {
            if (!all.TryGetValue(turn, out var list))
            {
                all[turn] = list = [];
            }

            return list;
        }
    }
}
