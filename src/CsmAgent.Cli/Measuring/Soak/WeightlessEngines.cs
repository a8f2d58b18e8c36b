using System.Runtime.CompilerServices;
using CsmAgent.Audio;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Measuring.Soak;

/// <summary>Engines that cost next to nothing: what a conversation costs with them is the framework's own share.</summary>
internal sealed class WeightlessEngines : ISpeechRecognizer, IReplyGenerator, ISpeechSynthesizer
{
    private const int FramesPerClause = 12;
    private static readonly float[] Hum = [.. Enumerable.Range(0, AudioFormat.FrameSamples).Select(i => 0.1f * MathF.Sin(i * MathF.Tau / 96))];

    /// <summary>All of them.</summary>
    public static ConversationEngines Create()
    {
        var engines = new WeightlessEngines();
        return new ConversationEngines(new NoCodes(), engines, engines, engines);
    }

    public string Name => "weightless";

    public bool IsBootstrap => true;

    public bool CanSpeculate => true;

    public async IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return "Here is a first clause. ";
        yield return "And here is another.";
    }

    ValueTask<IRecognitionSession> ISpeechRecognizer.OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IRecognitionSession>(new Ears());

    ValueTask<ISpeechSession> ISpeechSynthesizer.OpenAsync(string? voice, CancellationToken cancellationToken) => ValueTask.FromResult<ISpeechSession>(new Voice());

    /// <summary>Long utterances are requests, short ones "mhm", as the soak's user says them.</summary>
    private sealed class Ears : IRecognitionSession
    {
        private const int LongestBackchannel = AudioFormat.SampleRateHz;
        private int _samples;
        private bool _told;

        public ValueTask StartAsync(CancellationToken cancellationToken)
        {
            (_samples, _told) = (0, false);
            return ValueTask.CompletedTask;
        }

        public ValueTask<string?> AcceptAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
        {
            _samples += samples.Length;
            if (_told || _samples < LongestBackchannel)
            {
                return ValueTask.FromResult<string?>(null);
            }

            _told = true;
            return ValueTask.FromResult<string?>("tell me about it");
        }

        public ValueTask<Recognition> FinishAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult(new Recognition(_samples < LongestBackchannel ? "mhm" : "tell me about it please"));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Voice : ISpeechSession
    {
        private static readonly CodeFrame One = new(new int[1]);

        public (int Used, int Limit) Positions => (0, int.MaxValue);

        public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask.ConfigureAwait(false);
            for (var i = 0; i < FramesPerClause; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new SpeechFrame(i, Hum, One, request.Text.Length * (i + 1) / FramesPerClause);
            }
        }

        public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISpeechSession>(new Voice());

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
