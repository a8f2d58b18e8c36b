namespace CsmAgent.Conversation.Ports;

/// <summary>Cleans the microphone's signal of the agent's own voice and says when somebody speaks. One conversation, one thread.</summary>
public interface IEar : IDisposable
{
    /// <summary>Hears the next block.</summary>
    /// <param name="captured">What the microphone gave; 24 kHz mono, any length.</param>
    /// <param name="played">What was handed to the loudspeaker at the same time, the same length.</param>
    /// <param name="clean">Filled with what is left when the agent's voice is taken away, the same length.</param>
    EarBlock Hear(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> clean);
}

/// <summary>What an ear decided at the end of a block.</summary>
/// <param name="Speaks">Whether somebody speaks.</param>
/// <param name="ChangedAgo">Samples before the block's end at which speech began or ended, when the decision changed in this block: decisions come late.</param>
/// <param name="VoicedAgo">Samples before the block's end at which the voice could last be heard, when its end was decided in this block: delays
/// are counted from there, and <see cref="ChangedAgo"/> may lie later.</param>
/// <param name="Sound">How the voice sounds so far, now and then while somebody speaks and where they end; null in between, and from ears that cannot tell.</param>
public readonly record struct EarBlock(bool Speaks, int ChangedAgo = 0, int VoicedAgo = 0, VoiceSound? Sound = null);
