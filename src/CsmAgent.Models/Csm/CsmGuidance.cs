using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm;

/// <summary>What a frame is led away from (<see cref="ClassifierFreeGuidance"/>).</summary>
/// <param name="Without">Another session of the same model, in which something is missing that this one was told: the text, so that the words become
/// clearer, or the conversation before, so that the voice keeps to it. It has this segment's frames so far; borrowed.</param>
/// <param name="Scale">1 or more; 1 leads nowhere.</param>
public readonly record struct CsmGuidance(ICsmSession Without, float Scale)
{
    /// <summary>The most that a frame can be led away from at once: each costs as much as the frame itself.</summary>
    public const int Most = 2;

    /// <summary>Checks that a session can be led.</summary>
    /// <typeparam name="T">The sessions' kind.</typeparam>
    /// <param name="guidance">By what.</param>
    /// <param name="guided">The session.</param>
    /// <param name="areOfOneModel">True for two sessions of the same model.</param>
    /// <exception cref="ArgumentException">Too much guidance, a session twice, itself, or of another model.</exception>
    internal static void Require<T>(ReadOnlySpan<CsmGuidance> guidance, T guided, Func<T, T, bool> areOfOneModel)
        where T : class, ICsmSession
    {
        if (guidance.Length > Most)
        {
            throw new ArgumentException($"A frame can be led away from {Most} things at once, not {guidance.Length}.", nameof(guidance));
        }

        for (var i = 0; i < guidance.Length; i++)
        {
            if (guidance[i].Without is not T without || without == guided || (i > 0 && without == guidance[0].Without) || !areOfOneModel(without, guided))
            {
                throw new ArgumentException("The sessions to be led away from must be different others of the same model.", nameof(guidance));
            }
        }
    }
}
