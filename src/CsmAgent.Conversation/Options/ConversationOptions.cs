using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace CsmAgent.Conversation.Options;

/// <summary>How the agent takes turns; section <c>Conversation</c> of the configuration.</summary>
public sealed class ConversationOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string Section = "Conversation";

    /// <summary>The voice's name in <c>voices/</c>; null takes the synthesiser's default.</summary>
    public string? Voice { get; set; }

    /// <summary>The agent's speaker id in the context; 0 by default, 0 to 9.</summary>
    [Range(0, 9)]
    public int AgentSpeaker { get; set; }

    /// <summary>The user's speaker id in the context; 1 by default, 0 to 9, not the agent's.</summary>
    [Range(0, 9)]
    public int UserSpeaker { get; set; } = 1;

    /// <summary>Frames (80 ms) generated ahead of the loudspeaker; 2 by default, 1 to 8. More hides hiccups, fewer waste less when cut.</summary>
    [Range(1, 8)]
    public int FramesAhead { get; set; } = 2;

    /// <summary>The longest clause in frames (80 ms); 150 (12 s) by default, 12 to 1100.</summary>
    [Range(12, 1100)]
    public int MaximumClauseFrames { get; set; } = 150;

    /// <summary>The longest reply in characters; the rest is not spoken; 4000 by default, 100 to 100000.</summary>
    [Range(100, 100_000)]
    public int MaximumReplyCharacters { get; set; } = 4000;

    /// <summary>Seconds without any text after which a reply is given up; 15 by default, 1 to 120.</summary>
    [Range(1, 120)]
    public int ReplyTimeoutSeconds { get; set; } = 15;

    /// <summary>Begins the reply while the end of the turn is still being waited for; true by default.</summary>
    public bool Speculate { get; set; } = true;

    /// <summary>When a turn is over.</summary>
    [Required, ValidateObjectMembers]
    public EndpointingOptions Endpointing { get; set; } = new();

    /// <summary>How the agent gives way.</summary>
    [Required, ValidateObjectMembers]
    public BargeInOptions BargeIn { get; set; } = new();

    /// <summary>How several agents share the floor.</summary>
    [Required, ValidateObjectMembers]
    public RoundTableOptions RoundTable { get; set; } = new();
}
