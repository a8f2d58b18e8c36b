using Akka.Actor;
using Akka.Streams;

namespace CsmAgent.Conversation.Actors;

/// <summary>An actor of one conversation: its messages and its engine calls count as pending work, and what it loses when it
/// fails is told to people.</summary>
internal abstract class ConversationPart(ConversationWire wire, string stage) : UntypedActor
{
    private ActorMaterializer? _materializer;

    protected ConversationWire Wire { get; } = wire;

    /// <summary>Runs streams that end with this actor.</summary>
    protected ActorMaterializer Streams => _materializer ??= Context.Materializer();

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is not Counted counted)
        {
            return base.AroundReceive(receive, message);
        }

        try
        {
            return base.AroundReceive(receive, counted.Message);
        }
        finally
        {
            Wire.Pending.End();
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Wire.Trouble(stage, $"The {stage} part failed and was started again: {reason.Message}");
        base.PreRestart(reason, message);
    }

    /// <summary>Awaits outside the actor and gets the result as a message; the whole way counts as pending work.</summary>
    protected void Await<T>(Func<Task<T>> work, Func<T, object> done, Func<Exception, object> failed)
    {
        var self = Self;
        Wire.Pending.Begin();
        _ = AwaitAsync();

        async Task AwaitAsync()
        {
            object result;
            try
            {
                result = done(await work().ConfigureAwait(false));
            }
            catch (Exception e)
            {
                result = failed(e);
            }

            self.Tell(new Counted(result));
        }
    }
}
