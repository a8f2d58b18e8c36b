namespace CsmAgent.Audio.Echo;

/// <summary>How echo is cancelled.</summary>
public sealed record EchoCancellerOptions
{
    /// <summary>Length of the room modelled behind the direct path, 50 to 500 ms. Longer models more and learns slower.</summary>
    public TimeSpan Tail { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest delay between what is handed to the device and its direct path in the microphone, 20 ms to 1 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether what the linear filter leaves is suppressed while the agent is audible.</summary>
    public bool SuppressResidual { get; init; } = true;

    /// <summary>The most the suppressor takes away, in dB, 0 to 60.</summary>
    public double MaxSuppressionDb { get; init; } = 36;
}
