using CsmAgent.Conversation.Protocol;

namespace CsmAgent.Cli.Screens;

/// <summary>Shows a conversation while it is held.</summary>
internal interface IConversationScreen
{
    /// <summary>Shows every event until the stream ends.</summary>
    Task FollowAsync(IAsyncEnumerable<ConversationEvent> events, CancellationToken cancellationToken);
}
