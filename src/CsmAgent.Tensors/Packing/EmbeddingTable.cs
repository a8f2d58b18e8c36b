using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Packing;

/// <summary>A table of vectors that are looked up and summed: floats or bfloat16, row after row.</summary>
public sealed class EmbeddingTable
{
    private readonly NativeBuffer _buffer;
    private readonly long _offset;

    /// <summary>Places a table in a buffer.</summary>
    /// <param name="format"><see cref="WeightFormat.Float32"/> or <see cref="WeightFormat.BFloat16"/>.</param>
    /// <param name="rows">Vectors.</param>
    /// <param name="columns">Values in a vector.</param>
    /// <param name="buffer">Memory; must outlive the table.</param>
    /// <param name="offset">Bytes from the start of the buffer, a multiple of 64.</param>
    public EmbeddingTable(WeightFormat format, int rows, int columns, NativeBuffer buffer, long offset)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(offset % 64, 0, nameof(offset));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + ByteLength(format, rows, columns), buffer.Length, nameof(offset));
        (Format, Rows, Columns, _buffer, _offset) = (format, rows, columns, buffer, offset);
    }

    /// <summary>How numbers are stored.</summary>
    public WeightFormat Format { get; }

    /// <summary>Vectors.</summary>
    public int Rows { get; }

    /// <summary>Values in a vector.</summary>
    public int Columns { get; }

    /// <summary>Bytes a table needs, a multiple of 64.</summary>
    /// <param name="format">How numbers are stored.</param>
    /// <param name="rows">Vectors.</param>
    /// <param name="columns">Values in a vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">The format has no tables.</exception>
    public static long ByteLength(WeightFormat format, int rows, int columns) => format switch
    {
        WeightFormat.Float32 => (((long)rows * columns * 4) + 63) / 64 * 64,
        WeightFormat.BFloat16 => (((long)rows * columns * 2) + 63) / 64 * 64,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Embedding tables are float32 or bfloat16."),
    };

    /// <summary>Stores a vector.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="values"><see cref="Columns"/> values; borrowed.</param>
    public void SetRow(int row, ReadOnlySpan<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, Columns, nameof(values));
        if (Format == WeightFormat.Float32)
        {
            values.CopyTo(Row<float>(row));
            return;
        }

        var target = Row<ushort>(row);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = BrainFloat.Round(values[i]);
        }
    }

    /// <summary>Adds a vector to a sum.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="sum"><see cref="Columns"/> values; changed.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public void AddRow(int row, Span<float> sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sum.Length, Columns, nameof(sum));
        if (Format == WeightFormat.Float32)
        {
            Kernels.Elementwise.Add(sum, Row<float>(row));
            return;
        }

        var source = Row<ushort>(row);
        var i = 0;
        ref var s = ref MemoryMarshal.GetReference(source);
        ref var y = ref MemoryMarshal.GetReference(sum);
        for (; i + 16 <= source.Length; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref s, (nuint)i));
            (Vector512.LoadUnsafe(ref y, (nuint)i) + (Vector512.Create(low, high) << 16).AsSingle()).StoreUnsafe(ref y, (nuint)i);
        }

        for (; i < source.Length; i++)
        {
            sum[i] += BrainFloat.Widen(source[i]);
        }
    }

    private Span<T> Row<T>(int row)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return _buffer.AsSpan<T>(_offset + ((long)row * Columns * Unsafe.SizeOf<T>()), Columns);
    }
}
