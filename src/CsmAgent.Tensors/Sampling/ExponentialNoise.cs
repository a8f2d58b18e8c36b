namespace CsmAgent.Tensors.Sampling;

/// <summary>
/// Exponential(1) noise as a function of (seed, draw, id). Having no hidden state, the noise of an id does not depend on
/// which other ids were cut, so two engines that differ by rounding still draw the same code.
/// </summary>
/// <param name="seed">Same seed, same noise.</param>
public readonly struct ExponentialNoise(ulong seed)
{
    private readonly ulong _key = Mix(seed + Golden);

    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>The noise of one id in one draw: above 0, mean 1.</summary>
    public float At(long draw, int id)
    {
        var bits = Mix(Mix(_key + ((ulong)draw * Golden)) + ((ulong)id * Golden));
        // 53 bits, shifted by half a step so that the uniform is never 0 or 1.
        var uniform = ((bits >> 11) + 0.5) * (1.0 / (1UL << 53));
        return (float)-Math.Log(uniform);
    }

    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
