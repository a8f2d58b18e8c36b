namespace CsmAgent.Conversation.Reply.Chat;

/// <summary>Where a chat model is and how it is asked.</summary>
/// <param name="Endpoint">The OpenAI-compatible base address, such as <c>http://localhost:8080/v1</c>.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Key">The key; null for servers that want none.</param>
public sealed record ChatSettings(Uri Endpoint, string Model, string? Key)
{
    /// <summary>Where the key comes from, for messages.</summary>
    public string KeyVariable { get; init; } = "OPENAI_API_KEY";

    /// <summary>The longest wait for the next piece of a reply.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest reply in tokens.</summary>
    public int MaximumTokens { get; init; } = 400;

    /// <summary>0 to 2.</summary>
    public double Temperature { get; init; } = 0.7;

    /// <summary>What the model is told about its task, after how to speak.</summary>
    public string? Instructions { get; init; }
}
