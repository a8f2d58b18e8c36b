using System.ComponentModel.DataAnnotations;

namespace CsmAgent.Engines.Configuration;

/// <summary>What writes the replies; section <c>Reply</c>.</summary>
public sealed class ReplyOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string Section = "Reply";

    /// <summary><c>desk</c> (the offline assistant, default) or <c>openai</c> (an OpenAI-compatible chat endpoint).</summary>
    [Required, AllowedValues("desk", "openai")]
    public string Engine { get; set; } = "desk";

    /// <summary>The endpoint's base address, such as <c>http://localhost:8080/v1</c>; only for <c>openai</c>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>The chat model's name there; only for <c>openai</c>.</summary>
    public string? Model { get; set; }

    /// <summary>The environment variable that holds the key; <c>OPENAI_API_KEY</c> by default. Unset sends a placeholder, as local servers expect.</summary>
    [Required]
    public string ApiKeyVariable { get; set; } = "OPENAI_API_KEY";

    /// <summary>Seconds to wait for the next piece of a reply; 15 by default, 1 to 120.</summary>
    [Range(1, 120)]
    public int TimeoutSeconds { get; set; } = 15;

    /// <summary>The longest reply in tokens; 400 by default, 16 to 8192.</summary>
    [Range(16, 8192)]
    public int MaximumTokens { get; set; } = 400;

    /// <summary>The chat model's temperature; 0.7 by default, 0 to 2.</summary>
    [Range(0.0, 2.0)]
    public double Temperature { get; set; } = 0.7;

    /// <summary>What the model is told about its task, in addition to how to speak; null for nothing.</summary>
    public string? Instructions { get; set; }

    /// <summary>Who the agents of a round table are, by name; told to a chat model beside <see cref="Instructions"/>. Empty by default.</summary>
    public Dictionary<string, string> Personas { get; } = new(StringComparer.OrdinalIgnoreCase);
}
