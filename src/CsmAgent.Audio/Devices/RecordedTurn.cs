namespace CsmAgent.Audio.Devices;

/// <summary>One thing a recorded user says, and when.</summary>
/// <param name="Name">What logs call it, for example the file's name.</param>
/// <param name="Samples">24 kHz mono.</param>
/// <param name="Start">What it waits for.</param>
/// <param name="After">How long after that.</param>
public sealed record RecordedTurn(string Name, ReadOnlyMemory<float> Samples, TurnStart Start, TimeSpan After);

/// <summary>What a recorded turn waits for.</summary>
public enum TurnStart
{
    /// <summary>The agent has answered the turn before and has been silent for the given time.</summary>
    AgentSilent,

    /// <summary>The agent has been speaking for the given time since the turn before ended: an interruption.</summary>
    AgentSpeaking,

    /// <summary>The given time since the end of the turn before (since the start, for the first).</summary>
    Time,
}
