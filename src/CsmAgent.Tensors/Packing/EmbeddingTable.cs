using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Packing;

/// <summary>A table of vectors that are looked up and summed: floats, bfloat16 or bytes, row after row.</summary>
/// <remarks>A row of bytes is followed by its scales, one bfloat16 per 64 columns: value = scale · byte.</remarks>
public sealed class EmbeddingTable
{
    private const int GroupSize = 64;
    private readonly NativeBuffer _buffer;
    private readonly long _offset;
    private readonly long _rowBytes;

    /// <summary>Places a table in a buffer.</summary>
    /// <param name="format"><see cref="WeightFormat.Float32"/>, <see cref="WeightFormat.BFloat16"/> or <see cref="WeightFormat.Int8"/>.</param>
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
        _rowBytes = RowBytes(format, columns);
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
    public static long ByteLength(WeightFormat format, int rows, int columns) => ((rows * RowBytes(format, columns)) + 63) / 64 * 64;

    /// <summary>Stores a vector.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="values"><see cref="Columns"/> values; borrowed.</param>
    public void SetRow(int row, ReadOnlySpan<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, Columns, nameof(values));
        switch (Format)
        {
            case WeightFormat.Float32:
                values.CopyTo(Row<float>(row, 0, Columns));
                break;
            case WeightFormat.BFloat16:
                var target = Row<ushort>(row, 0, Columns);
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = BrainFloat.Round(values[i]);
                }

                break;
            default:
                SetBytes(row, values);
                break;
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
            Kernels.Elementwise.Add(sum, Row<float>(row, 0, Columns));
            return;
        }

        if (Format == WeightFormat.Int8)
        {
            AddBytes(row, sum);
            return;
        }

        var source = Row<ushort>(row, 0, Columns);
        var i = 0;
        ref var s = ref MemoryMarshal.GetReference(source);
        ref var y = ref MemoryMarshal.GetReference(sum);
        for (; i + 16 <= source.Length; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref s, (nuint)i));
            (Vector256.LoadUnsafe(ref y, (nuint)i) + (low << 16).AsSingle()).StoreUnsafe(ref y, (nuint)i);
            (Vector256.LoadUnsafe(ref y, (nuint)i + 8) + (high << 16).AsSingle()).StoreUnsafe(ref y, (nuint)i + 8);
        }

        for (; i < source.Length; i++)
        {
            sum[i] += BrainFloat.Widen(source[i]);
        }
    }

    private static int ScaleStart(int columns) => (columns + 1) / 2 * 2;

    private static int Groups(int columns) => (columns + GroupSize - 1) / GroupSize;

    private static long RowBytes(WeightFormat format, int columns) => format switch
    {
        WeightFormat.Float32 => columns * 4L,
        WeightFormat.BFloat16 => columns * 2L,
        WeightFormat.Int8 => ScaleStart(columns) + (2L * Groups(columns)),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Embedding tables are float32, bfloat16 or int8."),
    };

    private void SetBytes(int row, ReadOnlySpan<float> values)
    {
        var bytes = Row<sbyte>(row, 0, Columns);
        var scales = Row<ushort>(row, ScaleStart(Columns), Groups(Columns));
        for (var group = 0; group < scales.Length; group++)
        {
            var start = group * GroupSize;
            var part = values.Slice(start, Math.Min(GroupSize, Columns - start));
            var peak = 0f;
            foreach (var value in part)
            {
                peak = Math.Max(peak, Math.Abs(value));
            }

            scales[group] = BrainFloat.Round(peak / 127f);
            var scale = BrainFloat.Widen(scales[group]);
            for (var i = 0; i < part.Length; i++)
            {
                bytes[start + i] = scale == 0 ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round(part[i] / scale), -127, 127);
            }
        }
    }

    private void AddBytes(int row, Span<float> sum)
    {
        var bytes = Row<sbyte>(row, 0, Columns);
        var scales = Row<ushort>(row, ScaleStart(Columns), Groups(Columns));
        ref var b = ref MemoryMarshal.GetReference(bytes);
        ref var y = ref MemoryMarshal.GetReference(sum);
        for (var group = 0; group < scales.Length; group++)
        {
            var scale = BrainFloat.Widen(scales[group]);
            var i = group * GroupSize;
            var end = Math.Min(i + GroupSize, Columns);
            for (; i + 16 <= end; i += 16)
            {
                var (first, second) = Vector128.Widen(Vector128.LoadUnsafe(ref b, (nuint)i));
                var (low, high) = Vector256.Widen(Vector256.Create(first, second));
                Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(low), Vector256.Create(scale), Vector256.LoadUnsafe(ref y, (nuint)i)).StoreUnsafe(ref y, (nuint)i);
                Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(high), Vector256.Create(scale), Vector256.LoadUnsafe(ref y, (nuint)i + 8)).StoreUnsafe(ref y, (nuint)i + 8);
            }

            for (; i < end; i++)
            {
                sum[i] = MathF.FusedMultiplyAdd(bytes[i], scale, sum[i]);
            }
        }
    }

    private Span<T> Row<T>(int row, int first, int count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return _buffer.AsSpan<T>(_offset + (row * _rowBytes) + first, count);
    }
}
