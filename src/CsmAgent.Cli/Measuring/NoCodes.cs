using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Measuring;

/// <summary>Makes one code of everything: for measurements whose voice ignores its context.</summary>
internal sealed class NoCodes : ISpeechCodec
{
    public int CodebookCount => 1;

    public ValueTask<ISpeechEncoder> OpenEncoderAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISpeechEncoder>(new Encoder());

    public ValueTask<ISpeechDecoder> OpenDecoderAsync(CancellationToken cancellationToken) =>
        throw new EngineException("These codes hold no sound; decode what a real codec made.");

    private sealed class Encoder : ISpeechEncoder
    {
        private static readonly CodeFrame One = new(new int[1]);

        public ValueTask<CodeFrame> EncodeAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken) => ValueTask.FromResult(One);

        public ValueTask ResetAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
