namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>What became of a scene.</summary>
/// <param name="Scene">The scene.</param>
/// <param name="Action">What the agent did; null when it did not speak at the moment, which spoils the scene.</param>
/// <param name="HeldAfterMs">From the first voiced sample until the agent held its reply; null when it did not.</param>
/// <param name="SilentAfterMs">From the first voiced sample until the agent's sound ended, as played; null when it did not.</param>
/// <param name="DecidedAfterMs">From the first voiced sample until the reply was given up or resumed; null for neither.</param>
/// <param name="Why">Why it did that, in the agent's own words.</param>
internal sealed record OverlapOutcome(
    OverlapScene Scene, OverlapAction? Action, double? HeldAfterMs, double? SilentAfterMs, double? DecidedAfterMs, string Why)
{
    /// <summary>How often the agent held its reply before anybody was heard: it took its own echo for somebody.</summary>
    public int HeldForEcho { get; init; }

    /// <summary>Whether the reply was given up.</summary>
    public bool IsCut => Action is OverlapAction.Stopped or OverlapAction.Answered;
}
