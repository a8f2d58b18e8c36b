using System.ComponentModel.DataAnnotations;

namespace CsmAgent.Conversation.Options;

/// <summary>When a user's turn is over.</summary>
public sealed class EndpointingOptions
{
    /// <summary>Silence after a complete clause, in milliseconds, before the speaker's own habit is known; 350 by default, 100 to 3000.</summary>
    [Range(100, 3000)]
    public int CompleteWaitMs { get; set; } = 350;

    /// <summary>Silence after an incomplete clause ("remind me to"), in milliseconds; 1600 by default, 100 to 6000.</summary>
    [Range(100, 6000)]
    public int IncompleteWaitMs { get; set; } = 1600;

    /// <summary>The longest silence inside a turn, in milliseconds, whatever was said; 2500 by default, 200 to 10000.</summary>
    [Range(200, 10_000)]
    public int MaximumWaitMs { get; set; } = 2500;

    /// <summary>The longest user turn in seconds; past it the agent says so and takes the floor; 60 by default, 5 to 600.</summary>
    [Range(5, 600)]
    public int MaximumTurnSeconds { get; set; } = 60;

    /// <summary>How fast the wait follows this speaker's own pauses: weight of the newest pause, 0 (never) to 1; 0.3 by default.</summary>
    [Range(0.0, 1.0)]
    public double AdaptationRate { get; set; } = 0.3;
}
