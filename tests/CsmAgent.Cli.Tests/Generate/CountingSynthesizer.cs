using System.Runtime.CompilerServices;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Tests.Generate;

/// <summary>One frame per word, each sample of it the word's number; remembers what it was asked.</summary>
internal sealed class CountingSynthesizer : ISpeechSynthesizer, ISpeechCodec
{
    public string Name => "counting voice";

    public bool IsBootstrap => true;

    public int CodebookCount => 1;

    public List<SpeechRequest> Requests { get; } = [];

    public List<HeardSegment> Context { get; } = [];

    public ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ISpeechSession>(new Session(this));

    public ValueTask<ISpeechEncoder> OpenEncoderAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISpeechEncoder>(new Encoder());

    public ValueTask<ISpeechDecoder> OpenDecoderAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed class Session(CountingSynthesizer owner) : ISpeechSession
    {
        public (int Used, int Limit) Positions => (0, 2048);

        public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken)
        {
            owner.Context.Add(segment);
            return ValueTask.CompletedTask;
        }

        public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            owner.Requests.Add(request);
            var words = request.Text.Split(' ');
            for (var i = 0; i < Math.Min(words.Length, request.MaxFrames); i++)
            {
                var samples = new float[AudioFormat.FrameSamples];
                Array.Fill(samples, i / 100f);
                yield return new(i, samples, new CodeFrame(new[] { i }), request.Text.Length * (i + 1) / words.Length);
            }
        }

        public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Encoder : ISpeechEncoder
    {
        private int _frames;

        public ValueTask<CodeFrame> EncodeAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new CodeFrame(new[] { _frames++ }));

        public ValueTask ResetAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
