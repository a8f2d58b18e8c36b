using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Kernels;

/// <summary>Columns of sixteen rows as floats.</summary>
internal unsafe interface IFloatColumn
{
    static abstract int Bytes { get; }

    static abstract Vector512<float> Load(byte* block, int column);

    /// <summary>Eight of the sixteen rows; <paramref name="half"/> is 0 or 1.</summary>
    static abstract Vector256<float> Load(byte* block, int column, int half);

    /// <summary>Eight rows of an even column and the one after it.</summary>
    static abstract (Vector256<float> Even, Vector256<float> Odd) LoadPair(byte* block, int column, int half);
}

/// <summary>[column][16 rows].</summary>
internal readonly unsafe struct Float32Column : IFloatColumn
{
    public static int Bytes => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* block, int column) => Vector512.LoadAligned((float*)block + (column * 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* block, int column, int half) =>
        Vector256.LoadAligned((float*)block + (column * 16) + (half * 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Even, Vector256<float> Odd) LoadPair(byte* block, int column, int half) =>
        (Load(block, column, half), Load(block, column + 1, half));
}

/// <summary>[column pair][16 rows][2]: even columns sit in the lower halves of the 32-bit lanes, odd ones in the upper halves.</summary>
internal readonly unsafe struct BFloat16Column : IFloatColumn
{
    public static int Bytes => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* block, int column)
    {
        var pair = Vector512.LoadAligned((uint*)block + (column / 2 * 16));
        return ((column & 1) == 0 ? pair << 16 : pair & Vector512.Create(0xFFFF0000u)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* block, int column, int half)
    {
        var pair = Pair(block, column, half);
        return ((column & 1) == 0 ? pair << 16 : pair & Vector256.Create(0xFFFF0000u)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Even, Vector256<float> Odd) LoadPair(byte* block, int column, int half)
    {
        var pair = Pair(block, column, half);
        return ((pair << 16).AsSingle(), (pair & Vector256.Create(0xFFFF0000u)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Pair(byte* block, int column, int half) =>
        Vector256.LoadAligned((uint*)block + (column / 2 * 16) + (half * 8));
}
