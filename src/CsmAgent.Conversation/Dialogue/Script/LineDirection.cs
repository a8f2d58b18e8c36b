namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>How one line is said.</summary>
/// <param name="Pause">Silence before it, 0 to 60 s; null takes the usual gap between speakers.</param>
/// <param name="Overlap">How long it begins before the line before it ends, 0 to 10 s; never before that line's start.</param>
/// <param name="Pace">Speed: 1 as spoken, 0.5 half as fast, at most 2.</param>
/// <param name="LevelDb">Gain in decibels, −40 to 12.</param>
/// <param name="Seed">The line's own seed; null derives one from the dialogue's seed and the words.</param>
public sealed record LineDirection(
    TimeSpan? Pause = null, TimeSpan Overlap = default, double Pace = 1, double LevelDb = 0, ulong? Seed = null);
