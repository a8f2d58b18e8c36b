namespace CsmAgent.Conversation;

/// <summary>The conversation's door: makes conversations inside the running actor system.</summary>
public interface IConversationFactory
{
    /// <summary>Makes a conversation; nothing runs until <see cref="IConversation.StartAsync"/>.</summary>
    /// <exception cref="ArgumentException">The conversation's name is not one.</exception>
    IConversation Create(ConversationSetup setup);
}
