using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace CsmAgent.Tensors.Kernels;

/// <summary>VPDPBUSD on 256 bits. .NET 10 shows it for AVX-VNNI only, not for the 512-bit form; 256 bits twice a cycle multiply as much.</summary>
internal readonly struct VnniDot : IDotProduct
{
    public static bool IsSupported => AvxVnni.IsSupported;

    public static int NibbleColumns => int.MaxValue;

    public static int BytesCorrection => -128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNibbles(Vector256<int> collected, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(collected, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Join(Vector256<int> collected, Vector256<int> other) => collected + other;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Widen(Vector256<int> collected) => collected;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sum, weights, inputs);
}

/// <summary>VPMADDUBSW, whose pairs of products saturate at 16 bits, and VPMADDWD to widen them.</summary>
internal readonly struct Avx2Dot : IDotProduct
{
    public static bool IsSupported => Avx2.IsSupported;

    // A pair of nibbles times inputs is at most 2 · 15 · 127 = 3 810: eight pairs fit, and a lane takes one for four columns.
    public static int NibbleColumns => 32;

    public static int BytesCorrection => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNibbles(Vector256<int> collected, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        (collected.AsInt16() + Avx2.MultiplyAddAdjacent(weights, inputs)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Join(Vector256<int> collected, Vector256<int> other) => (collected.AsInt16() + other.AsInt16()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Widen(Vector256<int> collected) => Avx2.MultiplyAddAdjacent(collected.AsInt16(), Vector256<short>.One);

    // The weight's sign moves to the input: magnitudes up to 128 times 127, twice, stay below saturation.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs)
    {
        var signed = (weights ^ Vector256.Create((byte)128)).AsSByte();
        var pairs = Avx2.MultiplyAddAdjacent(Avx2.Abs(signed), Avx2.Sign(inputs, signed));
        return sum + Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
    }
}

/// <summary>SDOT of Armv8.2.</summary>
internal readonly struct AdvSimdDot : IDotProduct
{
    public static bool IsSupported => Dp.IsSupported;

    public static int NibbleColumns => int.MaxValue;

    public static int BytesCorrection => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNibbles(Vector256<int> collected, Vector256<byte> weights, Vector256<sbyte> inputs) => Vector256.Create(
        Dp.DotProduct(collected.GetLower(), weights.GetLower().AsSByte(), inputs.GetLower()),
        Dp.DotProduct(collected.GetUpper(), weights.GetUpper().AsSByte(), inputs.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Join(Vector256<int> collected, Vector256<int> other) => collected + other;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Widen(Vector256<int> collected) => collected;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AddNibbles(sum, weights ^ Vector256.Create((byte)128), inputs);
}

/// <summary>Vectors of whatever width the processor has, down to none.</summary>
internal readonly struct PortableDot : IDotProduct
{
    public static int NibbleColumns => int.MaxValue;

    public static int BytesCorrection => -128;

    public static Vector256<int> AddNibbles(Vector256<int> collected, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AddBytes(collected, weights, inputs);

    public static Vector256<int> Join(Vector256<int> collected, Vector256<int> other) => collected + other;

    public static Vector256<int> Widen(Vector256<int> collected) => collected;

    public static Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs)
    {
        // Each 32-bit lane holds four bytes; shifts bring them down one after another, weights unsigned, inputs signed.
        var w = weights.AsUInt32();
        var x = inputs.AsInt32();
        for (var j = 0; j < 4; j++)
        {
            var unsigned = ((w >> (8 * j)) & Vector256.Create(255u)).AsInt32();
            sum += unsigned * ((x << (24 - (8 * j))) >> 24);
        }

        return sum;
    }
}
