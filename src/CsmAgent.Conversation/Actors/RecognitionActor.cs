using Akka.Actor;
using Akka.Streams.Dsl;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Feeds the recogniser while the user speaks; every utterance ends in exactly one final text, empty when it failed.</summary>
internal sealed class RecognitionActor(ConversationWire wire) : ConversationPart(wire, "recognition")
{
    /// <summary>Longer than any engine should need for one frame; one that does is replaced.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private IRecognitionSession? _session = wire.First.TakeRecognition();
    private int _open;

    protected override void PreStart() =>
        ChannelSource.FromReader(Wire.ToRecognition.Reader)
            .SelectAsync(1, RecogniseAsync)
            .RunWith(Sink.Ignore<UtterancePart>(), Streams);

    protected override void OnReceive(object message)
    {
        if (message is PartMessages.Close)
        {
            _stop.Cancel();
            Sender.Tell(new PartMessages.LetGo());
        }
    }

    protected override void PostStop()
    {
        _stop.Cancel();
        _ = _session?.DisposeAsync().AsTask();
    }

    private async Task<UtterancePart> RecogniseAsync(UtterancePart part)
    {
        try
        {
            switch (part)
            {
                case UtteranceStart start:
                    _open = start.Utterance;
                    _session ??= await Wire.Engines.Recognizer.OpenAsync(_stop.Token).AsTask().WaitAsync(CallTimeout, _stop.Token);
                    await _session.StartAsync(_stop.Token).AsTask().WaitAsync(CallTimeout, _stop.Token);
                    break;
                case UtteranceAudio audio when _open == audio.Utterance && _session is not null:
                    var text = await _session.AcceptAsync(audio.Samples, _stop.Token).AsTask().WaitAsync(CallTimeout, _stop.Token);
                    if (text is not null)
                    {
                        Wire.Tell(Wire.Turn, new PartialHeard(Wire.Now, audio.Utterance, text));
                    }

                    break;
                case UtteranceEnd end when _open == end.Utterance && _session is not null:
                    var final = await _session.FinishAsync(_stop.Token).AsTask().WaitAsync(CallTimeout, _stop.Token);
                    Finish(end.Utterance, final.Text);
                    break;
                case UtteranceEnd end:
                    Finish(end.Utterance, ""); // its beginning was lost
                    break;
            }
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            Wire.Trouble("recognition", $"What you said was not understood because the recogniser failed: {e.Message}");
            Abandon();
            if (part is UtteranceEnd)
            {
                Finish(part.Utterance, "");
            }
        }
        catch (OperationCanceledException)
        {
            // The conversation ends.
        }
        finally
        {
            Wire.Pending.End();
        }

        return part;
    }

    private void Abandon()
    {
        var broken = _session;
        (_session, _open) = (null, 0);
        _ = broken?.DisposeAsync().AsTask();
    }

    private void Finish(int utterance, string text)
    {
        _open = 0;
        Wire.Tell(Wire.Context, new PartMessages.UtteranceText(utterance, text));
        Wire.Tell(Wire.Turn, new FinalHeard(Wire.Now, utterance, text));
    }
}
