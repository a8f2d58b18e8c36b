using System.Runtime.CompilerServices;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>One conversation's bootstrap voice. It has no context, so there is nothing to append or to roll back.</summary>
/// <param name="cast">The flite voice of each speaker (shared) and how it imitates the voice that was asked for; a single one
/// speaks for every speaker id.</param>
/// <param name="codec">Opens a fork's encoder; borrowed.</param>
/// <param name="encoder">Encodes what is spoken; owned.</param>
internal sealed class FliteSession(
    IReadOnlyList<(FliteVoice Voice, BootstrapVoice Manner, VoiceTone? Tone)> cast, ISpeechCodec codec, ISpeechEncoder encoder) : ISpeechSession
{
    private const int LongestPiece = 300;
    private readonly VoiceShaper[] _shapers = [.. cast.Select(speaker => new VoiceShaper(speaker.Tone))];
    private int? _turn;

    public (int Used, int Limit) Positions => (0, 1);

    public ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var isFirst = _turn != request.Turn;
        if (isFirst)
        {
            _turn = request.Turn;
            await encoder.ResetAsync(cancellationToken);
        }

        var speaker = cast.Count == 1 ? 0 : request.Speaker;
        if (speaker >= cast.Count)
        {
            throw new EngineException($"Speaker {request.Speaker} was asked to speak in a session of {cast.Count} voices.");
        }

        var (voice, manner, _) = cast[speaker];
        var index = 0;
        foreach (var (piece, start) in Pieces(request.Text))
        {
            var speech = await Task.Run(() => voice.Speak(piece, manner), cancellationToken);
            if (isFirst)
            {
                // Somebody waits for the answer: the silence flite begins with is only in place between clauses.
                (speech, isFirst) = (speech.WithoutLead(), false);
            }

            var frames = (speech.Samples.Length + AudioFormat.FrameSamples - 1) / AudioFormat.FrameSamples;
            for (var i = 0; i < frames; i++, index++)
            {
                if (index == request.MaxFrames)
                {
                    yield break;
                }

                var samples = new float[AudioFormat.FrameSamples];
                var from = i * AudioFormat.FrameSamples;
                speech.Samples.AsSpan(from, Math.Min(samples.Length, speech.Samples.Length - from)).CopyTo(samples);
                _shapers[speaker].Process(samples);
                var codes = await encoder.EncodeAsync(samples, cancellationToken);
                var spoken = i == frames - 1 ? piece.Length : speech.CharactersAt((i + 1) / AudioFormat.FramesPerSecond);
                yield return new SpeechFrame(index, samples, codes, start + spoken);
            }
        }
    }

    // Flite speaks a text as a whole before the first sample comes out: a long one goes to it in pieces.
    private static List<(string Piece, int Start)> Pieces(string text)
    {
        if (text.Length <= LongestPiece)
        {
            return [(text, 0)];
        }

        var at = 0;
        List<(string, int)> pieces = [];
        var splitter = new ClauseSplitter();
        foreach (var piece in splitter.Add(text).Concat(splitter.Finish()))
        {
            at = text.IndexOf(piece, at, StringComparison.Ordinal);
            pieces.Add((piece, at));
            at += piece.Length;
        }

        return pieces;
    }

    public ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    // Every turn begins with a fresh encoder, so a fork has nothing to copy.
    public async ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken) =>
        new FliteSession(cast, codec, await codec.OpenEncoderAsync(cancellationToken));

    public ValueTask DisposeAsync() => encoder.DisposeAsync();
}
