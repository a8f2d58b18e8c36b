namespace CsmAgent.Conversation.Protocol;

/// <summary>What can be asked of a running conversation.</summary>
public static class ConversationCommands
{
    /// <summary>A turn of the user that was typed instead of spoken; an agent that speaks is cut.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="Text">What the user says.</param>
    public sealed record SayText(string ConversationId, string Text) : ConversationCommand(ConversationId);

    /// <summary>The agent stops speaking at once, as if interrupted.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    public sealed record StopSpeaking(string ConversationId) : ConversationCommand(ConversationId);

    /// <summary>Switches the microphone off or on; muted, the conversation hears silence.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    /// <param name="Muted">True to hear silence.</param>
    public sealed record Mute(string ConversationId, bool Muted) : ConversationCommand(ConversationId);

    /// <summary>Forgets everything said so far: context, history and journal.</summary>
    /// <param name="ConversationId">Names the conversation.</param>
    public sealed record ForgetMe(string ConversationId) : ConversationCommand(ConversationId);
}
