using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Chat;
using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.Engines.Configuration;

namespace CsmAgent.Engines.Replying;

/// <summary>Makes the configured writer of replies: one agent's, or one for each agent of a round table.</summary>
/// <param name="options">Which engine, and how.</param>
/// <param name="key">The endpoint's key; null for none.</param>
/// <param name="memories">The memories of all conversations.</param>
public sealed class ReplyGenerators(ReplyOptions options, string? key, DeskMemories memories)
{
    /// <summary>The writer of an agent alone.</summary>
    public IReplyGenerator Alone() =>
        options.Engine == "openai" ? new ChatReplyGenerator(Chat(options.Instructions), memories) : new DeskAssistant(memories);

    /// <summary>The writer of one agent among several: with its own system prompt at a chat endpoint, or an offline persona.</summary>
    /// <param name="name">The agent's name.</param>
    /// <param name="others">The other agents' names.</param>
    public IReplyGenerator AtTable(string name, IReadOnlyList<string> others)
    {
        if (options.Engine != "openai")
        {
            return new DeskPersona(name, others, memories);
        }

        var persona = SpokenStyle.Persona(name, others, options.Personas.GetValueOrDefault(name));
        return new ChatReplyGenerator(Chat(options.Instructions is { Length: > 0 } task ? $"{persona}\n{task}" : persona), memories);
    }

    private ChatSettings Chat(string? instructions) => new(options.Endpoint!, options.Model!, key)
    {
        Timeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
        MaximumTokens = options.MaximumTokens,
        Temperature = options.Temperature,
        Instructions = instructions,
        KeyVariable = options.ApiKeyVariable,
    };
}
