namespace CsmAgent.Audio.Devices;

/// <summary>The person (or nobody, or a recording) in front of a virtual device's microphone.</summary>
public interface ITalker
{
    /// <summary>Whether it ever says anything.</summary>
    bool HasVoice { get; }

    /// <summary>Gives the next block at the microphone.</summary>
    /// <param name="block">24 kHz mono, to be filled completely.</param>
    /// <param name="heard">What the agent played in the block before; empty at the start.</param>
    /// <returns>False when there is nothing more to come: the device ends, this block is not used.</returns>
    bool Speak(Span<float> block, ReadOnlySpan<float> heard);
}
