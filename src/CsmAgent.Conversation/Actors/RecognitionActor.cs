using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Feeds the recogniser while the user speaks; every utterance ends in exactly one final text, empty when it failed twice.
/// A recogniser that breaks in the middle is opened again and hears the utterance from its beginning.</summary>
internal sealed class RecognitionActor(ConversationWire wire) : ConversationPart(wire, "recognition")
{
    /// <summary>Longer than any engine should need for one frame; one that does is replaced.</summary>
    private static readonly TimeSpan FrameTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The final text may come over a network.</summary>
    private static readonly TimeSpan FinishTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A minute of the fastest speech, in characters.</summary>
    private const int LongestText = 4000;

    private readonly CancellationTokenSource _stop = new();
    private IRecognitionSession? _session = wire.First.TakeRecognition();
    private int _open;
    private int _heardAgain;

    protected override void PreStart() =>
        Source.From(Interrupted())
            .Concat(ChannelSource.FromReader(Wire.ToRecognition.Reader).MapMaterializedValue(_ => NotUsed.Instance))
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

    // Started again while somebody spoke.
    private IReadOnlyList<UtterancePart> Interrupted()
    {
        var parts = Wire.Hearing.Parts;
        Wire.Pending.Begin(parts.Count);
        return parts;
    }

    private async Task<UtterancePart> RecogniseAsync(UtterancePart part)
    {
        try
        {
            if (_stop.IsCancellationRequested)
            {
                return part;
            }

            Wire.Hearing.Add(part);
            await HearAsync(part);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            await RecoverAsync(part, e);
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

    private async Task HearAsync(UtterancePart part)
    {
        switch (part)
        {
            case UtteranceStart start:
                _open = start.Utterance;
                _session ??= await Wire.Engines.Recognizer.OpenAsync(_stop.Token).AsTask().WaitAsync(FinishTimeout, _stop.Token);
                await _session.StartAsync(_stop.Token).AsTask().WaitAsync(FrameTimeout, _stop.Token);
                break;
            case UtteranceAudio audio when _open == audio.Utterance && _session is not null:
                var text = await _session.AcceptAsync(audio.Samples, _stop.Token).AsTask().WaitAsync(FrameTimeout, _stop.Token);
                if (text is not null)
                {
                    Wire.Tell(Wire.Turn, new PartialHeard(Wire.Now, audio.Utterance, Clean(text)));
                }

                break;
            case UtteranceEnd end when _open == end.Utterance && _session is not null:
                var final = await _session.FinishAsync(_stop.Token).AsTask().WaitAsync(FinishTimeout, _stop.Token);
                Finish(end.Utterance, final.Text);
                break;
            case UtteranceEnd end:
                Finish(end.Utterance, ""); // its beginning was lost
                break;
        }
    }

    private async Task RecoverAsync(UtterancePart part, Exception failure)
    {
        Abandon();
        try
        {
            if (_heardAgain != part.Utterance)
            {
                _heardAgain = part.Utterance;
                Wire.Trouble("recognition", $"The recogniser failed and hears you again from where you began: {failure.Message}");
                foreach (var earlier in Wire.Hearing.Parts)
                {
                    await HearAsync(earlier);
                }

                _heardAgain = 0;
                return;
            }
        }
        catch (Exception again) when (!_stop.IsCancellationRequested)
        {
            failure = again;
            Abandon();
        }

        Wire.Trouble("recognition", $"What you said was not understood because the recogniser failed: {failure.Message}");
        if (part is UtteranceEnd)
        {
            Finish(part.Utterance, "");
        }
    }

    // What an engine hears goes to prompts, screens and files: it must be text a person could have said.
    private static string Clean(string text)
    {
        var clean = string.Create(Math.Min(text.Length, LongestText), text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? ' ' : source[i];
            }
        });
        return clean.Trim();
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
        Wire.Hearing.Clear();
        text = Clean(text);
        Wire.Tell(Wire.Context, new PartMessages.UtteranceText(utterance, text));
        Wire.Tell(Wire.Turn, new FinalHeard(Wire.Now, utterance, text));
    }
}
