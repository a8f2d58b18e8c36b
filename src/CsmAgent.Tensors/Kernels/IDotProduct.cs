using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Kernels;

/// <summary>One instruction set's way to multiply bytes in fours: lane i of the sum gains Σ weights[4i+j] · inputs[4i+j].</summary>
/// <remarks>All implementations give the same integers, so a model gives the same codes on every processor.</remarks>
internal interface IDotProduct
{
    /// <summary>Adds products of weights 0..15.</summary>
    static abstract Vector256<int> AddNibbles(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs);

    /// <summary>Adds products of weights 0..255.</summary>
    static abstract Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs);
}
