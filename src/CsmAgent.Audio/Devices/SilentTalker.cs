namespace CsmAgent.Audio.Devices;

/// <summary>Nobody: silence without end.</summary>
public sealed class SilentTalker : ITalker
{
    /// <inheritdoc/>
    public bool HasVoice => false;

    /// <inheritdoc/>
    public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
    {
        block.Clear();
        return true;
    }
}
