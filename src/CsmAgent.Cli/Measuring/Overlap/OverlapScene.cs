using System.Globalization;

namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>One moment at which somebody is heard while the agent speaks.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Situation">Why somebody is heard.</param>
/// <param name="Source">The recording.</param>
/// <param name="LevelDb">Its active level relative to the user's usual one.</param>
/// <param name="After">Seconds of the agent's speech before it.</param>
/// <param name="EchoDb">Level of the agent's echo at the microphone relative to what is played.</param>
/// <param name="Seed">Of the room.</param>
/// <param name="Samples">24 kHz mono as it arrives at the microphone, level and distance applied.</param>
internal sealed record OverlapScene(
    int Number, OverlapSituation Situation, string Source, double LevelDb, double After, double EchoDb, int Seed, ReadOnlyMemory<float> Samples)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Number,3} {Situation,-12} {Source,-24} {LevelDb,5:+0.0;-0.0;0.0} dB, {After:0.0} s into the reply, echo {EchoDb:0} dB");
}
