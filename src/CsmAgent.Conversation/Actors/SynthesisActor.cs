using Akka.Actor;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Speaks: owns the synthesiser's session and does one thing at a time with it, in order: append what was said, speak a
/// reply clause by clause, keep only what was heard. A frame is generated only when the loudspeaker wants one.</summary>
/// <remarks>
/// A reply begun before the turn is surely over is spoken in a fork of the session, which takes its place once the turn is over or
/// goes without a trace. A session that breaks, or the part itself, is replaced: the new one is told what was said and goes on with
/// the reply from the last spoken word.
/// </remarks>
internal sealed class SynthesisActor(ConversationWire wire) : ConversationPart(wire, "synthesis"), IWithTimers
{
    private const string StallTimer = "stalled";
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan JobTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a voice that was told to stop may take to do so.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly object _incarnation = new();
    private readonly Queue<object> _jobs = new();
    private readonly Queue<object> _retold = new();
    private readonly FramePatience _patience = new();
    private ISpeechSession? _session = wire.First.TakeSpeech();
    private bool _busy;
    private bool _isRetelling;
    private int _lastBegun;
    private (int Frames, int Words) _before;

    public ITimerScheduler Timers { get; set; } = null!;

    private SpokenReply? Speaking
    {
        get => Wire.Speaking;
        set => Wire.Speaking = value;
    }

    protected override void PreStart()
    {
        // Started again: the context is told again by its keeper.
        if (_session is null)
        {
            _retold.Enqueue(new PartMessages.ForgetContext());
            Retell();
            Next();
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PartMessages.AppendSegment when _isRetelling:
                _retold.Enqueue(message);
                Next();
                break;
            case Retold retold:
                _isRetelling = false;
                if (retold.Then is { } rest)
                {
                    _retold.Enqueue(new SpeakOn(rest));
                }

                Next();
                break;
            case PartMessages.AppendSegment or PartMessages.KeepHeard or PartMessages.ForgetContext or PartMessages.SpeakReply:
                _jobs.Enqueue(message);
                Next();
                break;
            case PartMessages.Clause clause when !clause.Reply.IsCut.IsCancellationRequested:
                Of(clause.Reply).Clauses.Enqueue(clause.Text);
                NextFrame();
                break;
            case PartMessages.TextOver over when !over.Reply.IsCut.IsCancellationRequested:
                var whole = Of(over.Reply);
                (whole.TextOver, whole.Failed) = (true, whole.Failed || over.Failed);
                NextFrame();
                break;
            case PartMessages.FrameWanted wanted when Speaking?.Reply.Generation == wanted.Generation:
                Speaking.Wanted += wanted.Count;
                NextFrame();
                break;
            case PartMessages.Release release when Speaking?.Reply.Generation == release.Generation:
                Adopt(Speaking);
                break;
            case SessionReady ready:
                Ready(ready);
                break;
            case FrameReady ready when ready.Of == Speaking:
                Ready(ready);
                break;
            case JobDone done when done.Of == _incarnation:
                Done(done.Failure);
                break;
            case CutNoticed cut when Speaking?.Reply.Generation == cut.Generation:
                Timers.StartSingleTimer(StallTimer, new Stalled(Speaking), StopTimeout);
                NextFrame();
                break;
            case Stalled stalled when stalled.Of == Speaking:
                Abandon(stalled.Of);
                break;
            case PartMessages.Close:
                Sender.Tell(new PartMessages.LetGo());
                break;
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Wire.WaitingReply = _jobs.OfType<PartMessages.SpeakReply>().LastOrDefault()?.Reply;
        base.PreRestart(reason, message);
    }

    protected override void PostStop() => _ = LetGoAsync(_session, Speaking);

    private static async Task LetGoAsync(ISpeechSession? session, SpokenReply? speaking)
    {
        if (speaking is not null)
        {
            await speaking.CloseAsync().ConfigureAwait(false);
        }

        if (session is not null)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Clauses may come before the jobs in front of their reply are done.
    private SpokenReply Of(AgentReply reply) =>
        Speaking?.Reply == reply ? Speaking
        : Wire.NextSpoken?.Reply == reply ? Wire.NextSpoken
        : Wire.NextSpoken = new SpokenReply(reply, Wire.Options.FramesAhead);

    private SpokenReply Take(AgentReply reply)
    {
        var spoken = Of(reply);
        Wire.NextSpoken = null;
        return spoken;
    }

    private void Next()
    {
        // A new session is told what was said before anything else is done with it.
        if (_busy || (!_retold.TryDequeue(out var job) && (_isRetelling || !_jobs.TryDequeue(out job))))
        {
            return;
        }

        _busy = true;
        switch (job)
        {
            case PartMessages.SpeakReply speak:
                Speak(Take(speak.Reply));
                break;
            case SpeakOn on:
                Speak(Wire.NextSpoken?.Reply == on.Rest.Reply ? on.Rest.With(Take(on.Rest.Reply)) : on.Rest);
                break;
            case PartMessages.AppendSegment append:
                Work(session => session.AppendAsync(append.Segment, CancellationToken.None).AsTask());
                break;
            case PartMessages.KeepHeard keep when keep.Generation > _lastBegun:
                Done(null); // cut before the session heard of it
                break;
            case PartMessages.KeepHeard keep:
                var (frames, text) = SpokenReply.OwnPart(keep.Generation == _lastBegun ? _before : default, keep.Frames, keep.Text);
                Work(session => session.RollBackAsync(keep.Generation, frames, text, CancellationToken.None).AsTask());
                break;
            case PartMessages.ForgetContext:
                _lastBegun = 0;
                Await(
                    async () => await ReopenAsync().ConfigureAwait(false) is not null,
                    _ => new JobDone(_incarnation, null),
                    failure => new JobDone(_incarnation, failure));
                break;
        }
    }

    private void Work(Func<ISpeechSession, Task> work) => Await(
        async () =>
        {
            await work(await SessionAsync().ConfigureAwait(false)).WaitAsync(JobTimeout).ConfigureAwait(false);
            return true;
        },
        _ => new JobDone(_incarnation, null),
        failure => new JobDone(_incarnation, failure));

    private async Task<ISpeechSession> SessionAsync() => _session ?? await ReopenAsync().ConfigureAwait(false);

    private async Task<ISpeechSession> ReopenAsync()
    {
        var old = _session;
        _session = null;
        if (old is not null)
        {
            await old.DisposeAsync().ConfigureAwait(false);
        }

        return _session = await Wire.Table.OpenVoiceAsync(Wire.Engines.Synthesizer, CancellationToken.None)
            .AsTask().WaitAsync(OpenTimeout).ConfigureAwait(false);
    }

    private void Done(Exception? failure)
    {
        if (failure is not null)
        {
            Wire.Trouble("synthesis", $"The voice failed: {failure.Message}");
        }

        _busy = false;
        Next();
    }

    private void Speak(SpokenReply speaking)
    {
        Speaking = speaking;
        var (self, reply) = (Self, speaking.Reply);
        reply.IsCut.Register(() => self.Tell(new CutNoticed(reply.Generation)));
        var isEarly = reply is { IsSpeculative: true, IsReleased: false };
        speaking.IsPulling = true;
        Await(
            async () =>
            {
                var session = await SessionAsync().ConfigureAwait(false);
                return isEarly ? await session.ForkAsync(CancellationToken.None).AsTask().WaitAsync(JobTimeout).ConfigureAwait(false) : session;
            },
            session => new SessionReady(speaking, session, isEarly, null),
            failure => new SessionReady(speaking, null, false, failure));
    }

    private void Ready(SessionReady ready)
    {
        var speaking = ready.Of;
        (speaking.IsPulling, speaking.Session, speaking.IsForked) = (false, ready.Session, ready.IsFork);
        if (Speaking != speaking)
        {
            _ = speaking.CloseAsync(); // it came too late
            return;
        }

        if (ready.Failure is { } failure)
        {
            Break(speaking, $"The voice failed: {failure.Message}");
        }

        if (speaking.Reply.IsReleased)
        {
            Adopt(speaking);
        }

        NextFrame();
    }

    // The turn is over: what was prepared is what is said, and the session it was forked from has no more use.
    private void Adopt(SpokenReply speaking)
    {
        if (speaking.IsForked)
        {
            _ = _session?.DisposeAsync().AsTask();
            (_session, speaking.IsForked) = (speaking.Session, false);
            (_lastBegun, _before) = (speaking.Reply.Generation, speaking.Before);
        }

        if (speaking.IsComplete)
        {
            Over(speaking);
        }
    }

    private void NextFrame()
    {
        if (Speaking is not { IsPulling: false } speaking)
        {
            return;
        }

        if (speaking.Reply.IsCut.IsCancellationRequested)
        {
            Over(speaking);
            return;
        }

        if (speaking.Voice is null)
        {
            if (speaking.Clauses.TryDequeue(out var clause))
            {
                Begin(speaking, clause);
            }
            else if (speaking.TextOver)
            {
                Over(speaking);
                return;
            }
        }

        if (speaking is { Voice: not null, Wanted: > 0 })
        {
            speaking.IsPulling = true;
            Timers.StartSingleTimer(StallTimer, new Stalled(speaking), _patience.Begin(speaking.IsFirstOfClause));
            Await(
                speaking.PullAsync,
                frame => new FrameReady(speaking, frame, null),
                failure => new FrameReady(speaking, null, failure));
        }
    }

    private void Begin(SpokenReply speaking, string clause)
    {
        if (!speaking.IsForked)
        {
            (_lastBegun, _before) = (speaking.Reply.Generation, speaking.Before);
        }

        speaking.BeginClause(clause, Wire.Options.MaximumClauseFrames, Wire.Table.SpeakerOf(speaking.Reply.Agent));
        Wire.Publish(new ConversationEvents.ClauseStarted(
            Wire.Id, Wire.Now, speaking.Reply.Turn, speaking.Reply.Generation, speaking.Clause, clause));
    }

    private void Ready(FrameReady ready)
    {
        var speaking = ready.Of;
        speaking.IsPulling = false;
        Timers.Cancel(StallTimer);
        _patience.End();
        if (ready.Frame is { } frame && !speaking.Reply.IsCut.IsCancellationRequested)
        {
            var made = speaking.Made(frame);
            Wire.Tell(Wire.Context, made);
            Wire.Tell(Wire.Playback, made);
            Wire.Tell(Wire.Turn, new FrameGenerated(Wire.Now, speaking.Reply.Generation, speaking.Frames));
        }
        else
        {
            var voice = speaking.Voice!;
            speaking.Voice = null;
            _ = voice.DisposeAsync().AsTask();
            if (ready.Failure is not null && !speaking.Reply.IsCut.IsCancellationRequested)
            {
                Break(speaking, $"The voice failed in the middle of a reply: {ready.Failure.Message}");
            }
        }

        NextFrame();
    }

    private void Break(SpokenReply speaking, string message)
    {
        Wire.Trouble("synthesis", message);
        (speaking.Failed, speaking.TextOver) = (true, true);
        speaking.Clauses.Clear();
    }

    // The session is stuck in a call that may never come back: it is left behind.
    private void Abandon(SpokenReply speaking)
    {
        Wire.Trouble("synthesis", "The voice got stuck and is opened again.");
        _patience.Lost();
        speaking.Abandon();
        if (speaking.IsForked)
        {
            // The session it was forked from is as it was.
            if (Left() is { } rest)
            {
                _retold.Enqueue(new SpeakOn(rest));
            }

            _ = speaking.CloseAsync();
        }
        else
        {
            _ = LetGoAsync(_session, speaking);
            _session = null;
            Retell();
        }

        Done(null);
    }

    private void Retell()
    {
        (_isRetelling, _lastBegun) = (true, 0);
        Wire.Tell(Wire.Context, new RetellContext(Left()));
    }

    /// <summary>What is left to be spoken by another session; nothing is being spoken any more.</summary>
    private SpokenReply? Left()
    {
        var (speaking, waiting) = (Speaking, Wire.WaitingReply);
        (Speaking, Wire.WaitingReply) = (null, null);
        if (speaking is { IsComplete: false } && !speaking.Reply.IsCut.IsCancellationRequested)
        {
            return speaking.Rest();
        }

        if (speaking is not null)
        {
            Complete(speaking, failed: true);
        }

        return waiting is not null && !waiting.IsCut.IsCancellationRequested ? Take(waiting) : null;
    }

    private void Complete(SpokenReply speaking, bool failed)
    {
        if (!speaking.IsComplete)
        {
            speaking.IsComplete = true;
            Wire.Tell(Wire.Turn, new SpeechComplete(Wire.Now, speaking.Reply.Generation, speaking.Frames, failed));
        }
    }

    private void Over(SpokenReply speaking)
    {
        Complete(speaking, speaking.Failed);
        if (speaking.IsForked && !speaking.Reply.IsCut.IsCancellationRequested)
        {
            return; // a short reply is whole before it is known whether it will be said
        }

        Speaking = null;
        Await(
            async () =>
            {
                await speaking.CloseAsync().ConfigureAwait(false);
                return true;
            },
            _ => new JobDone(_incarnation, null),
            failure => new JobDone(_incarnation, failure));
    }

    /// <summary>Asks the context's keeper to tell everything again, and then to let a broken reply go on.</summary>
    internal sealed record RetellContext(SpokenReply? Then) : PartMessages.Local;

    /// <summary>Everything was told again; go on with this reply.</summary>
    internal sealed record Retold(SpokenReply? Then) : PartMessages.Local;

    private sealed record SpeakOn(SpokenReply Rest) : PartMessages.Local;

    private sealed record SessionReady(SpokenReply Of, ISpeechSession? Session, bool IsFork, Exception? Failure) : PartMessages.Local;

    private sealed record FrameReady(SpokenReply Of, SpeechFrame? Frame, Exception? Failure) : PartMessages.Local;

    private sealed record JobDone(object Of, Exception? Failure) : PartMessages.Local;

    private sealed record Stalled(SpokenReply Of) : PartMessages.Local;

    private sealed record CutNoticed(int Generation) : PartMessages.Local;
}
