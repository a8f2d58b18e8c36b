using Akka.Actor;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Actors;

/// <summary>One conversation: starts its parts, starts a failed one again without the others, and ends them in order.</summary>
internal sealed class ConversationActor : UntypedActor
{
    /// <summary>The dispatcher of the parts between microphone and loudspeaker.</summary>
    public const string MediaDispatcher = "csm-agent.media-dispatcher";

    /// <summary>The dispatcher of the parts that await engines.</summary>
    public const string EngineDispatcher = "csm-agent.engine-dispatcher";

    private static readonly TimeSpan PartTimeout = TimeSpan.FromSeconds(2);

    private readonly ConversationWire _wire;
    private readonly IActorRef _device;
    private readonly TaskCompletionSource _ended;
    private bool _stopping;

    public ConversationActor(ConversationWire wire, TaskCompletionSource ended)
    {
        (_wire, _ended) = (wire, ended);
        var policy = new TurnPolicy(wire.Options, wire.Table.CanSpeculate);
        wire.Turn = Part(Props.Create(() => new TurnActor(wire, policy)), "turn", MediaDispatcher);
        wire.Context = Part(Props.Create(() => new ContextActor(wire)), "context", EngineDispatcher);
        wire.Playback = Part(Props.Create(() => new PlaybackActor(wire)), "playback", MediaDispatcher);
        wire.Synthesis = Part(Props.Create(() => new SynthesisActor(wire)), "synthesis", EngineDispatcher);
        wire.Reply = Part(Props.Create(() => new ReplyActor(wire)), "reply", EngineDispatcher);
        wire.Recognition = Part(Props.Create(() => new RecognitionActor(wire)), "recognition", EngineDispatcher);
        wire.Encoding = Part(Props.Create(() => new EncodingActor(wire)), "encoding", EngineDispatcher);
        wire.Capture = Part(Props.Create(() => new CaptureActor(wire)), "capture", MediaDispatcher);

        // A conversation that goes on: the voice hears again what was said before.
        wire.Tell(wire.Context, new SynthesisActor.RetellContext(null));
        _device = Part(Props.Create(() => new DeviceActor(wire)), "device", EngineDispatcher);
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(maxNrOfRetries: 20, withinTimeRange: TimeSpan.FromMinutes(1), _ => Directive.Restart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DeviceActor.Start start:
                _device.Forward(start);
                break;
            case ConversationCommand command:
                Obey(command);
                break;
            case PartMessages.GetTurns query:
                _wire.Context.Forward(query);
                break;
            case PartMessages.Stop stop when !_stopping:
                _stopping = true;
                CloseAsync(stop.Reason).PipeTo(Self);
                break;
            case Terminated part when !_stopping:
                _wire.Trouble(part.ActorRef.Path.Name, $"The {part.ActorRef.Path.Name} part failed again and again; the conversation ends.");
                Self.Tell(new PartMessages.Stop($"the {part.ActorRef.Path.Name} part failed too often"));
                break;
            case Closed:
                Context.Stop(Self);
                break;
        }
    }

    protected override void PostStop() => _ended.TrySetResult();

    private static IActorRef Part(Props props, string name, string dispatcher) => Context.Watch(Context.ActorOf(props.WithDispatcher(dispatcher), name));

    private void Obey(ConversationCommand command)
    {
        switch (command)
        {
            case ConversationCommands.SayText say:
                _wire.Tell(_wire.Turn, new TextTyped(_wire.Now, say.Text));
                break;
            case ConversationCommands.StopSpeaking:
                _wire.Tell(_wire.Turn, new StopRequested(_wire.Now));
                break;
            case ConversationCommands.Mute mute:
                _wire.Muted = mute.Muted;
                break;
            case ConversationCommands.ForgetMe:
                _wire.Tell(_wire.Turn, new StopRequested(_wire.Now));
                _wire.Tell(_wire.Turn, new PartMessages.ForgetAll());
                break;
        }
    }

    // The agent falls silent first, the device goes next, then whoever worked for them.
    private async Task<Closed> CloseAsync(string reason)
    {
        foreach (var part in (IActorRef[])[
            _wire.Turn, _wire.Playback, _device, _wire.Capture, _wire.Recognition, _wire.Encoding, _wire.Reply, _wire.Synthesis, _wire.Context])
        {
            try
            {
                await part.Ask<PartMessages.LetGo>(new PartMessages.Close(), PartTimeout).ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                _wire.Trouble(part.Path.Name, $"The {part.Path.Name} part did not end in time.");
            }
        }

        _wire.Publish(new ConversationEvents.Ended(_wire.Id, _wire.Now, reason));
        return new Closed();
    }

    private sealed record Closed : PartMessages.Local;
}
