using Akka.Actor;
using CsmAgent.Conversation.Context;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Conversation.Actors;

/// <summary>Remembers what was heard: text and codes of both sides, up to the last frame that was played. Tells reply and synthesis
/// what they need of it.</summary>
internal sealed class ContextActor(ConversationWire wire) : ConversationPart(wire, "context"), IWithTimers
{
    /// <summary>Codes of a user's last frames may come a little after the text; longer is not waited.</summary>
    private static readonly TimeSpan CodesTimeout = TimeSpan.FromMilliseconds(250);

    private readonly ConversationMemory _memory = wire.Memory;

    public ITimerScheduler Timers { get; set; } = null!;

    // Started again while a reply was held: nobody would let it go any more.
    protected override void PreStart()
    {
        if (Wire.HeldReply is not null)
        {
            LetGo();
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PartMessages.UtteranceOfTurn utterance:
                _memory.Open(utterance.Turn, utterance.Utterance);
                break;
            case PartMessages.UtteranceText text:
                _memory.Text(text.Utterance, text.Text);
                break;
            case PartMessages.UtteranceCodes codes:
                _memory.Codes(codes.Utterance, codes.Codes);
                if (Wire.HeldReply is { } waiting && !_memory.WaitsForCodes(waiting.Turn))
                {
                    LetGo();
                }

                break;
            case PartMessages.CommitUserTurn commit:
                _memory.CommitUser(commit.Turn, commit.Text, commit.FirstSample, commit.LastSample);
                break;
            case PartMessages.KeepTurnOpen open:
                _memory.KeepOpen(open.Turn);
                break;
            case PartMessages.BeginReply begin:
                Begin(begin);
                break;
            case HeldTooLong late when Wire.HeldReply?.Generation == late.Generation:
                LetGo();
                break;
            case PartMessages.FrameMade frame:
                _memory.Frame(frame.Generation, frame.Clause, frame.ClauseText, frame.SpokenCharacters, frame.Codes);
                break;
            case PartMessages.HeardSoFar heard:
                Wire.Publish(new ConversationEvents.AgentCaption(
                    Wire.Id, Wire.Now, heard.Turn, heard.Generation, _memory.HeardText(heard.Generation, heard.Frames), heard.Frames));
                break;
            case PartMessages.HeardInAll heard:
                Remember(heard);
                break;
            case SynthesisActor.RetellContext retell:
                Retell();
                Wire.Tell(Wire.Synthesis, new SynthesisActor.Retold(retell.Then));
                break;
            case PartMessages.Forget forget:
                Guard(() => _memory.Forget(forget.Turn, forget.Generation));
                foreach (var agent in Wire.Table.Agents)
                {
                    agent.Reply.Forget(Wire.Id);
                }

                Wire.Tell(Wire.Synthesis, new PartMessages.ForgetContext());
                break;
            case PartMessages.GetTurns:
                Sender.Tell(_memory.Turns);
                break;
            case PartMessages.Close:
                Guard(_memory.Flush);
                Sender.Tell(new PartMessages.LetGo());
                break;
        }
    }

    private void Begin(PartMessages.BeginReply begin)
    {
        if (Wire.HeldReply is not null)
        {
            LetGo();
        }

        if (!_memory.WaitsForCodes(begin.Reply.Turn))
        {
            Go(begin.Reply);
            return;
        }

        Wire.HeldReply = begin.Reply;
        Wire.Pending.Begin();
        Timers.StartSingleTimer("codes", new HeldTooLong(begin.Reply.Generation), CodesTimeout);
    }

    private void LetGo()
    {
        var reply = Wire.HeldReply!;
        Wire.HeldReply = null;
        Go(reply);
        Wire.Pending.End();
    }

    private void Go(AgentReply reply)
    {
        if (Wire.Table.NameOf(reply.Agent) is { } agent)
        {
            _memory.Begin(reply.Generation, agent);
        }

        foreach (var segment in _memory.NewUserSegments(reply.Turn, Wire.Table.UserSpeaker))
        {
            Wire.Tell(Wire.Synthesis, new PartMessages.AppendSegment(segment));
        }

        Wire.Tell(Wire.Synthesis, new PartMessages.SpeakReply(reply));
        var history = _memory.History(reply.Turn);
        // What another agent said is what is answered: not told twice.
        Wire.Tell(Wire.Reply, new PartMessages.WriteReply(reply, reply.From is null || history.Count == 0 ? history : [.. history.SkipLast(1)]));
    }

    private void Remember(PartMessages.HeardInAll heard)
    {
        var text = _memory.HeardText(heard.Generation, heard.Frames);
        var generated = _memory.Generated(heard.Generation);
        Guard(() => _memory.CommitAgent(heard.Turn, heard.Generation, heard.Frames, heard.WasCut, heard.FirstSample ?? 0, heard.LastSample ?? 0));
        if (heard.WasCut)
        {
            Wire.Tell(Wire.Synthesis, new PartMessages.KeepHeard(heard.Generation, heard.Frames, text));
        }

        if (heard.Frames > 0 || heard.FirstSample is not null)
        {
            Wire.Publish(new ConversationEvents.AgentTurnEnded(
                Wire.Id, Wire.Now, heard.Turn, heard.Generation, text, heard.Frames, generated,
                heard.WasCut, heard.FirstSample, heard.LastSample, heard.Underruns));
        }
    }

    private void Retell()
    {
        foreach (var segment in _memory.Segments(Wire.Table.UserSpeaker, Wire.Table.SpeakerOf))
        {
            Wire.Tell(Wire.Synthesis, new PartMessages.AppendSegment(segment));
        }
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (IOException e)
        {
            Wire.Trouble("context", $"The conversation cannot be kept on disk and goes on without: {e.Message}");
        }
    }

    private sealed record HeldTooLong(int Generation) : PartMessages.Local;
}
