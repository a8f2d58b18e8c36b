using Akka.Streams.Dsl;
using Akka.Actor;
using CsmAgent.Audio;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Streams;

namespace CsmAgent.Conversation.Actors;

/// <summary>Encodes the user's speech once, frame by frame while it is spoken, each utterance from a fresh encoder: that is how
/// segments were encoded when the speech model was trained.</summary>
internal sealed class EncodingActor(ConversationWire wire) : ConversationPart(wire, "encoding")
{
    /// <summary>Longer than any codec should need for one frame; one that does is replaced.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);

    private ISpeechEncoder? _encoder = wire.First.TakeEncoder();
    private List<CodeFrame> _codes = [];
    private bool _broken;

    protected override void PreStart() =>
        ChannelSource.FromReader(Wire.ToEncoding.Reader)
            .SelectAsync(1, EncodeAsync)
            .RunWith(Sink.Ignore<UtterancePart>(), Streams);

    protected override void OnReceive(object message)
    {
        if (message is PartMessages.Close)
        {
            Sender.Tell(new PartMessages.LetGo());
        }
    }

    protected override void PostStop() => _ = _encoder?.DisposeAsync().AsTask();

    // What goes into context and journal must be a frame like the others.
    private CodeFrame Checked(CodeFrame frame) =>
        _codes.Count > 0 && frame.Codes.Length != _codes[0].Codes.Length
            ? throw new EngineException($"A frame has {frame.Codes.Length} codes, the one before it had {_codes[0].Codes.Length}.")
            : frame.Codes.Span.ContainsAnyExceptInRange(0, ushort.MaxValue)
            ? throw new EngineException($"A frame has a code outside 0 to {ushort.MaxValue}.")
            : frame;

    private async Task<UtterancePart> EncodeAsync(UtterancePart part)
    {
        try
        {
            switch (part)
            {
                case UtteranceStart:
                    _codes = [];
                    _broken = false;
                    _encoder ??= await Wire.Engines.Codec.OpenEncoderAsync(CancellationToken.None);
                    await _encoder.ResetAsync(CancellationToken.None);
                    break;
                case UtteranceAudio audio when audio.Samples.Length == AudioFormat.FrameSamples && !_broken && _encoder is not null:
                    _codes.Add(Checked(await _encoder.EncodeAsync(audio.Samples, CancellationToken.None).AsTask().WaitAsync(CallTimeout)));
                    break;
                case UtteranceEnd end:
                    var kept = _broken ? 0 : Math.Min(end.VoicedFrames, _codes.Count);
                    Wire.Tell(Wire.Context, new PartMessages.UtteranceCodes(end.Utterance, _codes[..kept]));
                    break;
            }
        }
        catch (Exception e)
        {
            _broken = true;
            _ = _encoder?.DisposeAsync().AsTask();
            _encoder = null;
            Wire.Trouble("encoding", $"What you say cannot be encoded, the voice will not hear how it sounded: {e.Message}");
        }
        finally
        {
            Wire.Pending.End();
        }

        return part;
    }
}
