namespace CsmAgent.Conversation.Protocol;

/// <summary>Something a person or program asks of a running conversation.</summary>
/// <param name="ConversationId">Names the conversation.</param>
public abstract record ConversationCommand(string ConversationId);
