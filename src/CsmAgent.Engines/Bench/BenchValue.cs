namespace CsmAgent.Engines.Bench;

/// <summary>One figure.</summary>
/// <param name="Key">Its name in JSON; a dot descends.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit, or empty.</param>
/// <param name="Goal">What it should be, as shown; null without a goal.</param>
public sealed record BenchValue(string Key, double Value, string Unit, string? Goal = null);
