using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Generate;

/// <summary>What to speak, and how.</summary>
/// <param name="Text">As written; numbers and abbreviations become words before it is spoken.</param>
/// <param name="Speaker">Speaker id in the context.</param>
/// <param name="Maximum">Where to stop at the latest.</param>
internal sealed record SpeechJob(string Text, int Speaker, TimeSpan Maximum)
{
    /// <summary>A folder in voices/; null takes the default.</summary>
    public string? Voice { get; init; }

    /// <summary>What was said before, oldest first.</summary>
    public IReadOnlyList<ContextSegment> Context { get; init; } = [];

    /// <summary>How to sample; null takes the voice's own defaults.</summary>
    public SpeechSampling? Sampling { get; init; }
}
