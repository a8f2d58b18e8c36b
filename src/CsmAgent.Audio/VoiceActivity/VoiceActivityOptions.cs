namespace CsmAgent.Audio.VoiceActivity;

/// <summary>When sound counts as speech.</summary>
public sealed record VoiceActivityOptions
{
    /// <summary>Probability at which speech begins, 0.05 to 0.95.</summary>
    public float OnsetProbability { get; init; } = 0.5f;

    /// <summary>Probability at which it begins between two windows' ends, at least <see cref="OnsetProbability"/>: three looks at the same
    /// sound find three times as often what is none, such as the rest of an echo.</summary>
    public float EarlyOnsetProbability { get; init; } = 0.65f;

    /// <summary>Probability at which it begins when something else says that somebody near makes a sound, at most <see cref="OnsetProbability"/>:
    /// consonants before the first vowel are worth little to the model, and take 100 ms.</summary>
    public float NearOnsetProbability { get; init; } = 0.15f;

    /// <summary>Probability below which speech may end, less than <see cref="OnsetProbability"/>.</summary>
    public float OffsetProbability { get; init; } = 0.35f;

    /// <summary>Windows of 32 ms that must stay below it before speech has ended, 1 to 30.</summary>
    public int OffsetWindows { get; init; } = 1;
}
