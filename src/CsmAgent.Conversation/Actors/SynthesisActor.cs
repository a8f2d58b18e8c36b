using Akka.Actor;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Speaks: owns the synthesiser's session and does one thing at a time with it, in order: append what was said, speak a
/// reply clause by clause, keep only what was heard. A frame is generated only when the loudspeaker wants one.</summary>
internal sealed class SynthesisActor(ConversationWire wire) : ConversationPart(wire, "synthesis"), IWithTimers
{
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan JobTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a voice that was told to stop may take to do so.</summary>
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(1);

    private readonly Queue<object> _jobs = new();
    private ISpeechSession? _session = wire.First.TakeSpeech();
    private bool _busy;
    private int _lastBegun;
    private Speaking? _speaking;
    private Speaking? _early;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        // Started again: the context is told again by its keeper.
        if (_session is null)
        {
            _jobs.Enqueue(new PartMessages.ForgetContext());
            Wire.Tell(Wire.Context, new RetellContext());
            Next();
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PartMessages.AppendSegment or PartMessages.KeepHeard or PartMessages.ForgetContext or PartMessages.SpeakReply:
                _jobs.Enqueue(message);
                Next();
                break;
            case PartMessages.Clause { Reply.IsCut.IsCancellationRequested: true } or PartMessages.TextOver { Reply.IsCut.IsCancellationRequested: true }:
                break;
            case PartMessages.Clause clause when IsLive(clause.Reply):
                _speaking!.Clauses.Enqueue(clause.Text);
                NextFrame();
                break;
            case PartMessages.Clause clause:
                Early(clause.Reply).Clauses.Enqueue(clause.Text);
                break;
            case PartMessages.TextOver over when IsLive(over.Reply):
                (_speaking!.TextOver, _speaking.Failed) = (true, _speaking.Failed || over.Failed);
                NextFrame();
                break;
            case PartMessages.TextOver over:
                (Early(over.Reply).TextOver, Early(over.Reply).Failed) = (true, over.Failed);
                break;
            case PartMessages.FrameWanted wanted when _speaking?.Reply.Generation == wanted.Generation:
                _speaking.Wanted += wanted.Count;
                NextFrame();
                break;
            case FrameReady ready:
                Ready(ready);
                break;
            case JobDone done:
                Done(done.Failure);
                break;
            case CutNoticed cut when _speaking?.Reply.Generation == cut.Generation:
                Timers.StartSingleTimer("stalled", new Stalled(cut.Generation), StallTimeout);
                NextFrame();
                break;
            case Stalled stalled when _speaking?.Reply.Generation == stalled.Generation:
                Abandon(_speaking);
                break;
            case PartMessages.Close:
                Sender.Tell(new PartMessages.LetGo());
                break;
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        if (_speaking is { } speaking)
        {
            Wire.Tell(Wire.Turn, new SpeechComplete(Wire.Now, speaking.Reply.Generation, speaking.Frames, Failed: true));
        }

        foreach (var waiting in _jobs.OfType<PartMessages.SpeakReply>())
        {
            Wire.Tell(Wire.Turn, new SpeechComplete(Wire.Now, waiting.Reply.Generation, 0, Failed: true));
        }

        base.PreRestart(reason, message);
    }

    protected override void PostStop()
    {
        var (session, voice) = (_session, _speaking?.Voice);
        _ = DisposeAsync();

        async Task DisposeAsync()
        {
            if (voice is not null)
            {
                await voice.DisposeAsync().ConfigureAwait(false);
            }

            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private bool IsLive(AgentReply reply) => _speaking?.Reply == reply;

    // Clauses may come before the jobs in front of their reply are done.
    private Speaking Early(AgentReply reply) =>
        _early is { } early && early.Reply == reply ? early : _early = new Speaking(reply, Wire.Options.FramesAhead);

    private void Next()
    {
        if (_busy || !_jobs.TryDequeue(out var job))
        {
            return;
        }

        _busy = true;
        switch (job)
        {
            case PartMessages.SpeakReply speak:
                _speaking = Early(speak.Reply);
                _early = null;
                var (self, generation) = (Self, speak.Reply.Generation);
                speak.Reply.IsCut.Register(() => self.Tell(new CutNoticed(generation)));
                NextFrame();
                break;
            case PartMessages.AppendSegment append:
                Work(session => session.AppendAsync(append.Segment, CancellationToken.None).AsTask());
                break;
            case PartMessages.KeepHeard keep when keep.Generation > _lastBegun:
                Done(null); // cut before the session heard of it
                break;
            case PartMessages.KeepHeard keep:
                Work(session => session.RollBackAsync(keep.Generation, keep.Frames, keep.Text, CancellationToken.None).AsTask());
                break;
            case PartMessages.ForgetContext:
                Work(async session => await ReopenAsync());
                break;
        }
    }

    private void Work(Func<ISpeechSession, Task> work) => Await(
        async () =>
        {
            await work(_session ?? await ReopenAsync().ConfigureAwait(false)).WaitAsync(JobTimeout).ConfigureAwait(false);
            return true;
        },
        _ => new JobDone(null),
        failure => new JobDone(failure));

    private async Task<ISpeechSession> ReopenAsync()
    {
        var old = _session;
        _session = null;
        if (old is not null)
        {
            await old.DisposeAsync().ConfigureAwait(false);
        }

        return _session = await Wire.Engines.Synthesizer.OpenAsync(Wire.Options.Voice, CancellationToken.None)
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

    private void NextFrame()
    {
        if (_speaking is not { Pulling: false } speaking)
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

        if (speaking is { Voice: { } voice, Wanted: > 0 })
        {
            speaking.Pulling = true;
            Await(
                async () => await voice.MoveNextAsync().ConfigureAwait(false) ? voice.Current : null,
                frame => new FrameReady(speaking, frame, null),
                failure => new FrameReady(speaking, null, failure));
        }
    }

    private void Begin(Speaking speaking, string clause)
    {
        var frames = Math.Min(Wire.Options.MaximumClauseFrames, 25 + (2 * clause.Length));
        var request = new SpeechRequest(speaking.Reply.Generation, clause, Wire.Options.AgentSpeaker, frames);
        _lastBegun = speaking.Reply.Generation;
        speaking.ClauseText = clause;
        speaking.Clause++;
        Wire.Publish(new ConversationEvents.ClauseStarted(
            Wire.Id, Wire.Now, speaking.Reply.Turn, speaking.Reply.Generation, speaking.Clause, clause));
        speaking.Voice = SpeakAsync(request, speaking.Reply.IsCut).GetAsyncEnumerator(CancellationToken.None);
    }

    private async IAsyncEnumerable<SpeechFrame> SpeakAsync(
        SpeechRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cut)
    {
        var session = _session ?? await ReopenAsync().ConfigureAwait(false);
        await foreach (var frame in session.SpeakAsync(request, cut).WithCancellation(cut).ConfigureAwait(false))
        {
            yield return frame;
        }
    }

    private void Ready(FrameReady ready)
    {
        var speaking = ready.Of;
        speaking.Pulling = false;
        if (_speaking != speaking)
        {
            return;
        }

        if (ready.Frame is { } frame && !speaking.Reply.IsCut.IsCancellationRequested)
        {
            speaking.Wanted--;
            var made = new PartMessages.FrameMade(
                speaking.Reply.Generation, speaking.Frames++, frame.Samples, frame.Codes, speaking.Clause, speaking.ClauseText, frame.SpokenCharacters);
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
                Wire.Trouble("synthesis", $"The voice failed in the middle of a reply: {ready.Failure.Message}");
                speaking.Failed = true;
                speaking.TextOver = true;
                speaking.Clauses.Clear();
            }
        }

        NextFrame();
    }

    // The session is stuck in a call that does not come back: it is left behind, and a new one is told what was said.
    private void Abandon(Speaking speaking)
    {
        Wire.Trouble("synthesis", "The voice did not stop when it was told to and is opened again.");
        Wire.Tell(Wire.Turn, new SpeechComplete(Wire.Now, speaking.Reply.Generation, speaking.Frames, Failed: true));
        (_speaking, _session) = (null, null);
        Wire.Tell(Wire.Context, new RetellContext());
        Done(null);
    }

    private void Over(Speaking speaking)
    {
        Wire.Tell(Wire.Turn, new SpeechComplete(Wire.Now, speaking.Reply.Generation, speaking.Frames, speaking.Failed));
        var voice = speaking.Voice;
        _speaking = null;
        Await(
            async () =>
            {
                if (voice is not null)
                {
                    await voice.DisposeAsync().ConfigureAwait(false);
                }

                return true;
            },
            _ => new JobDone(null),
            failure => new JobDone(failure));
    }

    /// <summary>Asks the context's keeper to tell everything again.</summary>
    internal sealed record RetellContext : PartMessages.Local;

    private sealed record FrameReady(Speaking Of, SpeechFrame? Frame, Exception? Failure) : PartMessages.Local;

    private sealed record JobDone(Exception? Failure) : PartMessages.Local;

    private sealed record Stalled(int Generation) : PartMessages.Local;

    private sealed record CutNoticed(int Generation) : PartMessages.Local;

    private sealed class Speaking(AgentReply reply, int wanted)
    {
        public AgentReply Reply { get; } = reply;

        public Queue<string> Clauses { get; } = new();

        public bool TextOver { get; set; }

        public bool Failed { get; set; }

        public int Wanted { get; set; } = wanted;

        public IAsyncEnumerator<SpeechFrame>? Voice { get; set; }

        public int Clause { get; set; } = -1;

        public string ClauseText { get; set; } = "";

        public int Frames { get; set; }

        public bool Pulling { get; set; }
    }
}
