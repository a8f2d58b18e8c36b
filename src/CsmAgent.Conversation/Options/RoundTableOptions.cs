using System.ComponentModel.DataAnnotations;

namespace CsmAgent.Conversation.Options;

/// <summary>How several agents share the floor; section <c>Conversation:RoundTable</c>. Without effect on a single agent.</summary>
public sealed class RoundTableOptions
{
    /// <summary>Turns the agents may take between two of the person's; 4 by default, 1 to 20.</summary>
    [Range(1, 20)]
    public int TurnBudget { get; set; } = 4;

    /// <summary>Turns one agent may answer in a row without being addressed; then another answers; 3 by default, 1 to 20.</summary>
    [Range(1, 20)]
    public int TurnsInARow { get; set; } = 3;

    /// <summary>Silence before an agent that was addressed by another takes the floor, milliseconds; 400 by default, 0 to 5000.</summary>
    [Range(0, 5_000)]
    public int HandOverMs { get; set; } = 400;

    /// <summary>Silence after which an agent speaks without being asked, milliseconds; 6000 by default, 0 (never) to 600000.</summary>
    [Range(0, 600_000)]
    public int SilenceMs { get; set; } = 6_000;
}
