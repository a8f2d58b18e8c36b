using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Streams.Dsl;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Reply;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>Writes replies: streams the generator's text, shows it, and hands each clause on as soon as it is whole.</summary>
internal sealed class ReplyActor(ConversationWire wire) : ConversationPart(wire, "reply")
{
    private AgentReply? _live;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PartMessages.WriteReply write:
                Write(write.Reply, write.History);
                break;
            case PartMessages.UndoReply:
                foreach (var agent in Wire.Table.Agents)
                {
                    agent.Reply.TakeBack(Wire.Id);
                }

                break;
            case PartMessages.LookForAnnouncements:
                foreach (var text in Wire.Table.Agents.SelectMany(agent => agent.Reply.TakeAnnouncements(Wire.Id)))
                {
                    Wire.Tell(Wire.Turn, new AnnouncementDue(Wire.Now, text));
                }

                break;
            case PartMessages.Close:
                Sender.Tell(new PartMessages.LetGo());
                break;
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        if (_live is { } reply)
        {
            Wire.Tell(Wire.Synthesis, new PartMessages.TextOver(reply, Failed: true));
        }

        base.PreRestart(reason, message);
    }

    private void Write(AgentReply reply, IReadOnlyList<SpokenTurn> history)
    {
        _live = reply;
        Wire.Pending.Begin();
        Source.From(() => ClausesAsync(reply, history, reply.IsCut))
            .Select(SpeechText.ToWords)
            .Where(words => words.Length > 0)
            .RunForeach(words => Wire.Tell(Wire.Synthesis, new PartMessages.Clause(reply, words)), Streams)
            .ContinueWith(done => Finish(reply, done.Exception?.GetBaseException()), TaskScheduler.Default);
    }

    private async IAsyncEnumerable<string> ClausesAsync(
        AgentReply reply, IReadOnlyList<SpokenTurn> history, [EnumeratorCancellation] CancellationToken cut)
    {
        var splitter = new ClauseSplitter();
        await foreach (var piece in PiecesAsync(reply, history, cut).ConfigureAwait(false))
        {
            foreach (var clause in splitter.Add(piece))
            {
                yield return clause;
            }
        }

        foreach (var clause in splitter.Finish())
        {
            yield return clause;
        }
    }

    private async IAsyncEnumerable<string> PiecesAsync(
        AgentReply reply, IReadOnlyList<SpokenTurn> history, [EnumeratorCancellation] CancellationToken cut)
    {
        if (reply.Fixed is { } words)
        {
            yield return Show(reply, words + " ");
            if (reply.UserText.Length == 0)
            {
                yield break;
            }
        }

        var left = Wire.Options.MaximumReplyCharacters;
        var request = new ReplyRequest(Wire.Id, reply.UserText, history)
        {
            AskForAuthorisation = reply.WaitForAuthorisation,
            Agent = Wire.Table.NameOf(reply.Agent),
            From = Wire.Table.NameOf(reply.From),
        };
        await foreach (var piece in Wire.Table.Agents[reply.Agent].Reply.ReplyAsync(request, cut).WithCancellation(cut))
        {
            if (piece.Length >= left)
            {
                yield return Show(reply, piece[..left]);
                Wire.Trouble("reply", $"The reply was longer than {Wire.Options.MaximumReplyCharacters} characters; the rest is not spoken.");
                yield break;
            }

            left -= piece.Length;
            yield return Show(reply, piece);
        }
    }

    private string Show(AgentReply reply, string piece)
    {
        reply.Written.Append(piece);
        Wire.Tell(Wire.Turn, new ReplyPiece(Wire.Now, reply.Generation));
        Wire.Publish(new ConversationEvents.ReplyText(Wire.Id, Wire.Now, reply.Turn, reply.Generation, piece));
        return piece;
    }

    // Not on the actor's thread: only tells.
    private void Finish(AgentReply reply, Exception? failure)
    {
        if (failure is not null && !reply.IsCut.IsCancellationRequested)
        {
            Wire.Trouble("reply", failure is EngineException ? failure.Message : $"The reply failed: {failure.Message}");
        }

        Wire.Tell(Wire.Synthesis, new PartMessages.TextOver(reply, failure is not null));
        Wire.Pending.End();
    }
}
