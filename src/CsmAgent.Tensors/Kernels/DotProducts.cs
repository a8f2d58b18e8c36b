using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace CsmAgent.Tensors.Kernels;

/// <summary>VPDPBUSD on 256 bits. .NET 10 shows it for AVX-VNNI only, not for the 512-bit form; 256 bits twice a cycle multiply as much.</summary>
internal readonly struct VnniDot : IDotProduct
{
    public static bool IsSupported => AvxVnni.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNibbles(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sum, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sum, weights, inputs);
}

/// <summary>VPMADDUBSW and VPMADDWD. The first saturates at 16 bits, so full bytes are taken as two nibbles.</summary>
internal readonly struct Avx2Dot : IDotProduct
{
    public static bool IsSupported => Avx2.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNibbles(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        sum + Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(weights, inputs), Vector256<short>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs)
    {
        var mask = Vector256.Create((byte)15);
        var low = Avx2.MultiplyAddAdjacent(weights & mask, inputs);
        var high = Avx2.MultiplyAddAdjacent((weights.AsUInt16() >> 4).AsByte() & mask, inputs);
        return sum + Avx2.MultiplyAddAdjacent(low, Vector256<short>.One) + Avx2.MultiplyAddAdjacent(high, Vector256.Create((short)16));
    }
}

/// <summary>SDOT of Armv8.2. Full bytes are moved to signed ones and the difference, 128 times the inputs, added back.</summary>
internal readonly struct AdvSimdDot : IDotProduct
{
    public static bool IsSupported => Dp.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddNibbles(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) => Vector256.Create(
        Dp.DotProduct(sum.GetLower(), weights.GetLower().AsSByte(), inputs.GetLower()),
        Dp.DotProduct(sum.GetUpper(), weights.GetUpper().AsSByte(), inputs.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBytes(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs)
    {
        var signed = (weights ^ Vector256.Create((byte)128));
        var ones = Vector256.Create((byte)1);
        return AddNibbles(sum, signed, inputs) + (AddNibbles(Vector256<int>.Zero, ones, inputs) << 7);
    }
}

/// <summary>Vectors of whatever width the processor has, down to none.</summary>
internal readonly struct PortableDot : IDotProduct
{
    public static Vector256<int> AddNibbles(Vector256<int> sum, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AddBytes(sum, weights, inputs);

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
