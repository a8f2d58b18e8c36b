using System.Runtime.CompilerServices;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>One conversation's bootstrap voice. It has no context, so there is nothing to append or to roll back.</summary>
internal sealed class FliteSession(FliteVoice voice, ISpeechEncoder encoder) : ISpeechSession
{
    private int? _turn;

    public (int Used, int Limit) Positions => (0, 1);

    public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_turn != request.Turn)
        {
            _turn = request.Turn;
            await encoder.ResetAsync(cancellationToken);
        }

        var speech = await Task.Run(() => voice.Speak(request.Text), cancellationToken);
        var frames = (speech.Samples.Length + AudioFormat.FrameSamples - 1) / AudioFormat.FrameSamples;
        for (var index = 0; index < frames && index < request.MaxFrames; index++)
        {
            var samples = new float[AudioFormat.FrameSamples];
            var start = index * AudioFormat.FrameSamples;
            speech.Samples.AsSpan(start, Math.Min(samples.Length, speech.Samples.Length - start)).CopyTo(samples);
            var codes = await encoder.EncodeAsync(samples, cancellationToken);
            var spoken = index == frames - 1 ? request.Text.Length : speech.CharactersAt((index + 1) / AudioFormat.FramesPerSecond);
            yield return new SpeechFrame(index, samples, codes, spoken);
        }
    }

    public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => encoder.DisposeAsync();
}
