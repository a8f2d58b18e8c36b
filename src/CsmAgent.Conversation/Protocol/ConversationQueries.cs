using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Protocol;

/// <summary>What can be asked about a running conversation.</summary>
public static class ConversationQueries
{
    /// <summary>Asks for the turns as they were heard; answered with <see cref="Transcript"/>.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    public sealed record GetTranscript(string ConversationId);

    /// <summary>The turns as they were heard.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="Turns">Oldest first; a cut agent turn ends where the listener stopped hearing it.</param>
    public sealed record Transcript(string ConversationId, IReadOnlyList<SpokenTurn> Turns);
}
