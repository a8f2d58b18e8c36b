using CsmAgent.Conversation.Actors;
using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.RoundTable;

/// <summary>The agents of one conversation, their ids in the context, and the floor between them; one agent alone is a table too. Only
/// the turn part changes it.</summary>
internal sealed class Table
{
    private readonly FloorPolicy _policy;
    private readonly string? _voice;
    private readonly int _firstSpeaker;

    public Table(ConversationSetup setup, ConversationOptions options)
    {
        IsShared = setup.Agents.Count > 0;
        Agents = IsShared ? setup.Agents : [new TableAgent("agent", options.Voice ?? "", setup.Engines.Reply)];
        _policy = new FloorPolicy([.. Agents.Select(agent => agent.Name)], options.RoundTable);
        _voice = options.Voice;
        // Shared, agents count from 0 as their voices do in the synthesiser's session, and the user comes after them.
        (_firstSpeaker, UserSpeaker) = IsShared ? (0, Agents.Count) : (options.AgentSpeaker, options.UserSpeaker);
    }

    public IReadOnlyList<TableAgent> Agents { get; }

    /// <summary>Several agents share the floor.</summary>
    public bool IsShared { get; }

    /// <summary>The user's speaker id in the context.</summary>
    public int UserSpeaker { get; }

    /// <summary>Every agent may begin a reply before the user's turn is surely over.</summary>
    public bool CanSpeculate => Agents.All(agent => agent.Reply.CanSpeculate);

    /// <summary>Who writes, for people.</summary>
    public string ReplyName => IsShared ? string.Join(", ", Agents.Select(agent => $"{agent.Name} ({agent.Reply.Name})")) : Agents[0].Reply.Name;

    public FloorState Floor { get; private set; } = new();

    /// <summary>An agent's name; null where there is only one, and for nobody.</summary>
    public string? NameOf(int? agent) => IsShared && agent is { } index ? Agents[index].Name : null;

    /// <summary>An agent's speaker id in the context.</summary>
    public int SpeakerOf(int agent) => _firstSpeaker + agent;

    /// <summary>The speaker id of a name that was remembered; the first agent's when nobody has it any more.</summary>
    public int SpeakerOf(string? name) =>
        SpeakerOf(Math.Max(0, Agents.ToList().FindIndex(agent => agent.Name.Equals(name, StringComparison.OrdinalIgnoreCase))));

    /// <summary>Opens the synthesiser's session: one context for all voices.</summary>
    public ValueTask<ISpeechSession> OpenVoiceAsync(ISpeechSynthesizer synthesizer, CancellationToken cancellationToken) => IsShared
        ? synthesizer.OpenSharedAsync([.. Agents.Select(agent => agent.Voice)], cancellationToken)
        : synthesizer.OpenAsync(_voice, cancellationToken);

    /// <summary>Who answers a reply that begins.</summary>
    /// <param name="text">What is answered.</param>
    /// <param name="isAsked">True when the user said it; false when the floor was offered.</param>
    public int Answerer(string text, bool isAsked)
    {
        if (isAsked && text.Length > 0)
        {
            Floor = RoundTable.Floor.Ask(Floor, text, _policy);
        }

        return Floor.Speaker;
    }

    /// <summary>Follows what the turn machine does.</summary>
    public void Follow(TurnEffect effect, TurnState state, AgentReply? live) => Floor = effect switch
    {
        OpenTurn => RoundTable.Floor.Free(Floor, null),
        DropTurn => RoundTable.Floor.Free(Floor, state.Now),
        EndReply => RoundTable.Floor.Spoke(Floor, live?.Written.ToString() ?? "", state.Now, _policy),
        CutReply cut => RoundTable.Floor.Cut(Floor, wasHeard: !cut.WasSpeculative && state.Played > 0),
        _ => Floor,
    };

    /// <summary>Nobody speaks at a moment: what does an agent take the floor to answer? Null when all stay silent.</summary>
    public Remark? Offer(long now)
    {
        if (!IsShared)
        {
            return null;
        }

        (Floor, var given) = RoundTable.Floor.Offer(Floor, now, _policy);
        return given;
    }
}
