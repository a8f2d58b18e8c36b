using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Tests.Voices;

/// <summary>A codec for tests in which codes do not matter.</summary>
internal sealed class NoCodec : ISpeechCodec
{
    public int CodebookCount => 1;

    public ValueTask<ISpeechEncoder> OpenEncoderAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISpeechEncoder>(new Encoder());

    public ValueTask<ISpeechDecoder> OpenDecoderAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed class Encoder : ISpeechEncoder
    {
        public ValueTask<CodeFrame> EncodeAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new CodeFrame(new int[1]));

        public ValueTask ResetAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
