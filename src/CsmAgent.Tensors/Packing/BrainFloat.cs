using System.Runtime.CompilerServices;

namespace CsmAgent.Tensors.Packing;

/// <summary>bfloat16: the upper half of a 32-bit float.</summary>
public static class BrainFloat
{
    /// <summary>The nearest bfloat16, ties to even; not-a-number stays so.</summary>
    /// <param name="value">Any value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The value of a bfloat16, exactly.</summary>
    /// <param name="bits">Its sixteen bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
