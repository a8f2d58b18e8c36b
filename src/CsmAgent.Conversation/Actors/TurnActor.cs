using Akka.Actor;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>The shell around the turn machine: every event goes through it one at a time, its effects go to the parts, and what
/// happened goes out for screens and logs.</summary>
internal sealed class TurnActor(ConversationWire wire, TurnPolicy policy) : ConversationPart(wire, "turn")
{
    private TurnState _state = wire.LastState;

    protected override void OnReceive(object message)
    {
        if (message is PartMessages.Close)
        {
            Wire.LiveReply?.Cut();
            Sender.Tell(new PartMessages.LetGo());
        }
        else if (message is PartMessages.ForgetAll)
        {
            Wire.Tell(Wire.Context, new PartMessages.Forget(_state.Turn, _state.Generation));
        }
        else if (message is TurnEvent e)
        {
            Take(e);
        }
    }

    // Every step left a whole state behind, so a new shell goes on from the last one.
    private void Take(TurnEvent e)
    {
        var before = _state;
        var step = TurnMachine.Step(before, e, policy);
        _state = Wire.LastState = step.State;
        Wire.TurnNumber = _state.Turn;
        Wire.TurnLog?.Write(e, step);
        foreach (var effect in step.Effects)
        {
            Do(effect, e);
        }

        if (step.State.Phase != before.Phase)
        {
            Wire.Publish(new ConversationEvents.PhaseChanged(
                Wire.Id, _state.Now, _state.Turn, _state.Generation, before.Phase, step.State.Phase, step.Transition!, step.Why));
        }

        if (e is Tick && _state is { Phase: TurnPhase.Listening, Voiced: false } && Wire.Table.Offer(_state.Now) is { } remark)
        {
            Take(new FloorGiven(_state.Now, remark.Text));
        }
    }

    private void Do(TurnEffect effect, TurnEvent cause)
    {
        var (id, now) = (Wire.Id, _state.Now);
        Wire.Table.Follow(effect, _state, Wire.LiveReply);
        switch (effect)
        {
            case OpenTurn open:
                Wire.Tell(Wire.Context, new PartMessages.UtteranceOfTurn(open.Turn, open.Utterance));
                Wire.Publish(new ConversationEvents.UserSpeechStarted(id, now, open.Turn, open.FirstVoiced));
                break;
            case UserFellSilent silent:
                Wire.Publish(new ConversationEvents.UserSpeechEnded(id, now, silent.Turn, silent.LastAudible));
                break;
            case ShowTranscript transcript:
                Wire.Publish(new ConversationEvents.PartialTranscript(id, now, transcript.Turn, transcript.Text));
                break;
            case DropTurn drop:
                Wire.Publish(new ConversationEvents.NothingRecognised(id, now, drop.Turn));
                break;
            case CommitTurn commit:
                Wire.Tell(Wire.Context, new PartMessages.CommitUserTurn(commit.Turn, commit.Text, commit.FirstVoiced, commit.LastAudible));
                Wire.Publish(new ConversationEvents.UserTurnEnded(
                    id, now, commit.Turn, commit.Text, commit.FirstVoiced, commit.LastAudible, commit.Why));
                break;
            case StartReply start:
                var agent = Wire.Table.Answerer(start.UserText, isAsked: cause is not FloorGiven);
                Wire.LiveReply = new AgentReply(start.Turn, start.Generation, start.UserText, start.Fixed, start.IsSpeculative, Wire.Pending)
                {
                    Agent = agent,
                    From = cause is FloorGiven ? Wire.Table.Floor.Answers.From : null,
                };
                if (Wire.Table.NameOf(agent) is { } name)
                {
                    Wire.Publish(new ConversationEvents.AgentTookFloor(id, now, start.Turn, start.Generation, name));
                }

                Wire.Tell(Wire.Context, new PartMessages.BeginReply(Wire.LiveReply));
                break;
            case ReleaseReply release:
                Wire.LiveReply?.Authorise();
                Wire.Tell(Wire.Playback, new PartMessages.Release(release.Generation));
                if (release.WasSpeculative)
                {
                    Wire.Tell(Wire.Synthesis, new PartMessages.Release(release.Generation));
                    Wire.Publish(new ConversationEvents.SpeculationEnded(id, now, release.Turn, release.Generation, WasKept: true, _state.Generated));
                }

                break;
            case TakeBack back:
                Wire.Tell(Wire.Context, new PartMessages.KeepTurnOpen(back.Turn));
                Wire.Tell(Wire.Reply, new PartMessages.UndoReply());
                Wire.Publish(new ConversationEvents.AnswerTakenBack(id, now, back.Turn, back.Generation));
                break;
            case CutReply cut:
                Wire.LiveReply?.Cut();
                Wire.LiveReply = null;
                Wire.Tell(Wire.Playback, new PartMessages.Silence(cut.Turn, cut.Generation));
                if (cut.WasSpeculative)
                {
                    Wire.Publish(new ConversationEvents.SpeculationEnded(id, now, cut.Turn, cut.Generation, WasKept: false, _state.Generated));
                }

                break;
            case EndReply end:
                Wire.LiveReply = null;
                Wire.Tell(Wire.Playback, new PartMessages.Finished(end.Turn, end.Generation));
                break;
            case Duck duck:
                Wire.Tell(Wire.Playback, new PartMessages.DuckVoice());
                Wire.Publish(new ConversationEvents.AgentDucked(id, now, duck.Turn, duck.Generation));
                break;
            case Hold hold:
                Wire.Tell(Wire.Playback, new PartMessages.HoldVoice());
                Wire.Publish(new ConversationEvents.AgentPaused(id, now, hold.Turn, hold.Generation));
                break;
            case GoOn goOn:
                Wire.Tell(Wire.Playback, new PartMessages.FreeVoice());
                Wire.Publish(new ConversationEvents.AgentResumed(id, now, goOn.Turn, goOn.Generation, goOn.Why));
                break;
            case FirstSound sound:
                Wire.Publish(new ConversationEvents.AgentSpeechStarted(id, now, sound.Turn, sound.Generation, sound.FirstSample));
                if (sound.Marks.EndOfTurn > 0)
                {
                    Wire.Publish(Latency(sound)); // an announcement kept nobody waiting
                }

                break;
            case Complain complain:
                Wire.Publish(new ConversationEvents.Trouble(id, now, complain.Turn, complain.Stage, complain.Message));
                break;
        }
    }

    private ConversationEvents.TurnLatency Latency(FirstSound sound)
    {
        var marks = sound.Marks;
        return new(
            Wire.Id, _state.Now, sound.Turn, sound.Generation, marks.LastAudible,
            Since(marks.EndOfTurn), Since(marks.Text), Since(marks.FirstToken), Since(marks.FirstFrame), Since(sound.FirstSample),
            Since(sound.FirstSample) + Wire.LatencySamples);

        long? Since(long at) => at == 0 ? null : at - marks.LastAudible;
    }
}
