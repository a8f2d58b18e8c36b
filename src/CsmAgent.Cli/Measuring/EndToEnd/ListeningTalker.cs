using CsmAgent.Audio.Devices;

namespace CsmAgent.Cli.Measuring.EndToEnd;

/// <summary>A talker that keeps what it heard.</summary>
internal sealed class ListeningTalker(ITalker talker) : ITalker
{
    public bool HasVoice => talker.HasVoice;

    /// <summary>Everything the agent played.</summary>
    public PlayedSound Played { get; } = new();

    public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
    {
        Played.Add(heard);
        return talker.Speak(block, heard);
    }
}
