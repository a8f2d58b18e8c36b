using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Kernels;

/// <summary>One instruction set's way to multiply bytes in fours: lane i of the sum gains Σ weights[4i+j] · inputs[4i+j].</summary>
/// <remarks>
/// All implementations give the same integers, so a model gives the same codes on every processor. Products of nibbles fit
/// 16 bits for a while: an instruction set without a widening product collects them there, in a vector whose meaning is its
/// own, and widens them every <see cref="NibbleColumns"/> columns.
/// </remarks>
internal interface IDotProduct
{
    /// <summary>The most columns, a multiple of 8, whose nibbles <see cref="AddNibbles"/> may collect before <see cref="Widen"/>.</summary>
    static abstract int NibbleColumns { get; }

    /// <summary>What <see cref="AddBytes"/> still has to be corrected by: this many times the sum of the inputs.</summary>
    static abstract int BytesCorrection { get; }

    /// <summary>Collects products of weights 0..15.</summary>
    static abstract Vector256<int> AddNibbles(Vector256<int> collected, Vector256<byte> weights, Vector256<sbyte> inputs);

    /// <summary>Joins two collections that together cover no more than <see cref="NibbleColumns"/>.</summary>
    static abstract Vector256<int> Join(Vector256<int> collected, Vector256<int> other);

    /// <summary>The sums that were collected, as integers of 32 bits.</summary>
    static abstract Vector256<int> Widen(Vector256<int> collected);

    /// <summary>Adds products of weights stored around 128.</summary>
    static abstract Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs);
}
