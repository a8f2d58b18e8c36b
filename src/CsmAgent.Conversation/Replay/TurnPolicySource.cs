using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Replay;

/// <summary>What a turn machine's policy and first state are made from; the first line of a log.</summary>
internal sealed record TurnPolicySource(ConversationOptions Options, bool MaySpeculate, int Turn, int Generation)
{
    /// <summary>The state before the first event: numbers go on from an earlier conversation of the same name.</summary>
    public TurnState Begin() => new() { Turn = Turn, Generation = Generation };

    public TurnPolicy Make() => new(Options, MaySpeculate);
}
