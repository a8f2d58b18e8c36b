using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Tests.Turns;

/// <summary>A random world around the turn machine: a user who talks, engines that answer, and everything that can go wrong
/// with the order of their messages. Every step is checked against what must always hold.</summary>
internal sealed class TurnWorld
{
    private const int Millisecond = 24;
    private static readonly string[] Sentences =
        ["", "in london", "mhm", "yeah right", "stop", "what time is it", "remind me to", "tell me a story", "hello", "i was thinking that", "uh huh"];

    private static readonly Dictionary<string, TurnTransition> Rows = TurnTransitions.Table.ToDictionary(row => row.Name);

    private readonly Random _random;
    private readonly TurnPolicy _policy;
    private readonly PriorityQueue<TurnEvent, long> _due = new();
    private readonly List<TurnEvent> _past = [];
    private readonly HashSet<int> _started = [];
    private readonly HashSet<int> _released = [];
    private readonly HashSet<int> _dead = [];
    private readonly Dictionary<int, long> _played = [];
    private readonly Action<string, TurnPhase, IReadOnlyList<TurnEffect>>? _seen;
    private int _utterance;
    private bool _voiced;
    private long _began;
    private long _clock;

    public TurnWorld(int seed, Action<string, TurnPhase, IReadOnlyList<TurnEffect>>? seen = null)
    {
        _random = new Random(seed);
        _seen = seen;
        var options = new ConversationOptions
        {
            BargeIn = { Enabled = seed % 7 != 0 },
            Endpointing = { MaximumTurnSeconds = seed % 4 == 0 ? 5 : 60 },
            ReplyTimeoutSeconds = seed % 4 == 0 ? 1 : 15,
        };
        _policy = new TurnPolicy(options, maySpeculate: seed % 3 != 0);
    }

    public TurnState State { get; private set; } = new();

    public void Run(int events)
    {
        Take(new DeviceStarted(0));
        for (var i = 0; i < events; i++)
        {
            // Usually one tick at a time, sometimes a stall.
            _clock += Millisecond * (_random.Next(20) == 0 ? _random.Next(12_000) : _random.Next(160));
            while (_due.TryPeek(out _, out var at) && at <= _clock)
            {
                Deliver(_due.Dequeue());
            }

            Take(new Tick(_clock));
            if (_random.Next(3) == 0)
            {
                Happen();
            }
        }
    }

    /// <summary>Everything falls silent and every engine dies: only time goes on.</summary>
    public void GoSilent()
    {
        if (State.Phase == TurnPhase.Recovering)
        {
            Take(new DeviceStarted(_clock));
        }

        Take(new VoiceEnded(_clock, State.Utterance, _clock, _clock));
        for (var i = 0; i < 60 && State.Phase != TurnPhase.Listening; i++)
        {
            _clock += 2000 * Millisecond;
            Take(new Tick(_clock));
        }
    }

    private void Happen()
    {
        switch (_random.Next(17))
        {
            case < 5 when !_voiced:
                _voiced = true;
                _began = _clock - _random.Next(100) * Millisecond;
                Deliver(new VoiceStarted(_clock, ++_utterance, _began));
                break;
            case < 8 when _voiced:
                _voiced = false;
                Deliver(new VoiceEnded(_clock, _utterance, Math.Max(_began, _clock - 100 * Millisecond), Math.Max(_began, _clock - 150 * Millisecond)));
                if (_random.Next(8) != 0)
                {
                    Later(new FinalHeard(0, _utterance, Sentence()), 2500);
                }

                break;
            case 8:
                Deliver(new PartialHeard(_clock, _utterance, Sentence()));
                break;
            case 9 when _past.Count > 0:
                // Late or duplicate: anything that ever happened happens again.
                Deliver(_past[_random.Next(_past.Count)]);
                break;
            case 10 when _random.Next(6) == 0:
                Deliver(new DeviceWasLost(_clock));
                _voiced = false;
                Later(new DeviceStarted(0), 3000);
                break;
            case 11 when _random.Next(4) == 0:
                Deliver(new TextTyped(_clock, _random.Next(4) == 0 ? " " : "how are you"));
                break;
            case 12 when _random.Next(4) == 0:
                Deliver(new StopRequested(_clock));
                break;
            case 13 when _random.Next(2) == 0:
                Deliver(new AnnouncementDue(_clock, _random.Next(4) == 0 ? " " : "your timer is done"));
                break;
            case 14:
                // As near as the user, turned away, or across the room.
                Deliver(new VoiceSounded(_clock, _utterance, new VoiceSound(-_random.Next(24), -_random.Next(30), _random.Next(1500))));
                break;
            case 16 when _random.Next(4) == 0:
                Deliver(new FloorGiven(_clock, _random.Next(3) == 0 ? "" : "what do you say"));
                break;
            case 13:
                Deliver(new Played(_clock, Math.Max(1, State.Generation - _random.Next(3)), _random.Next(6000), _clock));
                break;
        }
    }

    private string Sentence() => Sentences[_random.Next(Sentences.Length)];

    private void Later(TurnEvent e, int withinMilliseconds)
    {
        var at = _clock + _random.Next(withinMilliseconds) * Millisecond;
        _due.Enqueue(e with { At = at }, at);
    }

    private void Deliver(TurnEvent e)
    {
        _past.Add(e);
        Take(e);
    }

    private void Take(TurnEvent e)
    {
        var before = State;
        var step = TurnMachine.Step(before, e, _policy);
        State = step.State;
        Check(before, e, step);
        if (step.Transition is { } name)
        {
            _seen?.Invoke(name, State.Phase, step.Effects);
        }

        foreach (var effect in step.Effects)
        {
            Answer(effect);
        }
    }

    private void Answer(TurnEffect effect)
    {
        switch (effect)
        {
            case StartReply start:
                Assert.True(_started.Add(start.Generation), "a generation was used twice");
                if (_random.Next(_policy.ReplyTimeout < 100_000 ? 3 : 12) == 0)
                {
                    _dead.Add(start.Generation);
                    break; // a reply that never starts
                }

                Later(new ReplyPiece(0, start.Generation), 500);
                var frames = _random.Next(5) == 0 ? 0 : _random.Next(12);
                for (var i = 1; i <= frames; i++)
                {
                    Later(new FrameGenerated(0, start.Generation, i), 600);
                }

                if (_random.Next(12) != 0)
                {
                    Later(new SpeechComplete(0, start.Generation, frames, _random.Next(3) == 0), 900);
                }

                break;
            case ReleaseReply release:
                Assert.Contains(release.Generation, _started);
                Assert.True(_released.Add(release.Generation), "a reply was released twice");
                for (var i = 1; i <= 12 && !_dead.Contains(release.Generation); i++)
                {
                    Later(new Played(0, release.Generation, i * 1920L, _clock), 2500);
                }

                break;
        }
    }

    private void Check(TurnState before, TurnEvent e, TurnStep step)
    {
        var after = step.State;
        Assert.True(after.Now >= before.Now, "time went back");
        Assert.True(after.Generation >= before.Generation && after.Turn >= before.Turn, "a number was given out again");
        if (step.Transition is null)
        {
            Assert.Equal(before with { Now = after.Now }, after);
            Assert.Empty(step.Effects);
        }
        else
        {
            var row = Rows[step.Transition];
            Assert.True(row.To.Length == 0 ? after.Phase == before.Phase : row.To.Contains(after.Phase), $"{row.Name} went from {before.Phase} to {after.Phase}");
            Assert.All(step.Effects, effect => Assert.Contains(effect.GetType(), row.Does));
        }

        if (step.Effects.OfType<TakeBack>().SingleOrDefault() is { } back)
        {
            Assert.True(before.ReplyLive && back.Generation == before.Generation, "an answer was taken back that was not live");
            Assert.True(after.Turn == before.Turn && before.Text.Length > 0 && after.Text.StartsWith(before.Text, StringComparison.Ordinal), "a turn that goes on lost its words");
            Assert.True(
                before.Played == 0 || after.UtteranceBegan < before.Marks.FirstSound + _policy.TakeBackWithin, "an answer was taken back that had been heard");
        }

        var old = e switch
        {
            ReplyPiece p => p.Generation,
            FrameGenerated f => f.Generation,
            SpeechComplete s => s.Generation,
            Played p => p.Generation,
            _ => int.MaxValue,
        };
        if (old < before.Generation)
        {
            Assert.Null(step.Transition);
        }

        if (e is Played played)
        {
            _played[played.Generation] = Math.Max(_played.GetValueOrDefault(played.Generation), played.Samples);
        }

        Assert.True(!after.ReplyLive || after.Played <= _played.GetValueOrDefault(after.Generation), "heard is ahead of played");
        Assert.True(after.Phase is not (TurnPhase.Thinking or TurnPhase.Speaking or TurnPhase.Ducked or TurnPhase.Paused) || after.ReplyLive, "the agent has the floor without a reply");
        Assert.True(after.Phase is not (TurnPhase.Listening or TurnPhase.UserSpeaking or TurnPhase.Recovering) || !after.ReplyLive, "a reply lives where the agent must be silent");
        Assert.True(after.Phase != TurnPhase.UserSpeaking || after.Voiced, "the user has the floor in silence");
        Assert.True(after.Phase is not (TurnPhase.Listening or TurnPhase.WaitingForEnd) || !after.Voiced, "the user's voice is not heard");
        if (e is Tick && after.Voiced)
        {
            Assert.False(after.Phase == TurnPhase.Ducked && after.VoicedFor >= _policy.PauseAfter, "two speakers: not held");
            Assert.False(before.Phase == TurnPhase.Paused && after.Phase == TurnPhase.Paused && after.VoicedFor >= _policy.YieldAfter, "two speakers: not cut");
        }
    }
}
