using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Tensors.Packing;

/// <summary>A weight matrix laid out for the machine: sixteen rows side by side, so that one vector holds one column step
/// of sixteen results and no product ever adds across a vector.</summary>
/// <remarks>
/// Blocks of 16 rows follow one another. Within a block, by format:
/// float: [column][16 rows]; bfloat16: [column pair][16 rows][2];
/// int8: [column quad][16 rows][4] of bytes around 128; int4: [column octet][16 rows][4], low nibbles for columns 0..3
/// and high nibbles for 4..7 of the octet, around 8. The integer formats end each block with [group][16 rows] bfloat16 scales.
/// The memory belongs to the buffer the matrix was placed in.
/// </remarks>
public sealed unsafe class PackedMatrix
{
    /// <summary>Rows in a block.</summary>
    public const int BlockRows = 16;

    private readonly NativeBuffer _buffer;
    private readonly long _offset;

    /// <summary>Places a matrix in a buffer; its content is whatever the buffer holds there.</summary>
    /// <param name="format">How numbers are stored.</param>
    /// <param name="rows">Results of a product, at least 1.</param>
    /// <param name="columns">Inputs of a product, at least 1.</param>
    /// <param name="groupSize">Columns per scale in the integer formats, a multiple of 16; ignored by the float formats.</param>
    /// <param name="buffer">Memory; must outlive the matrix.</param>
    /// <param name="offset">Bytes from the start of the buffer, a multiple of 64.</param>
    public PackedMatrix(WeightFormat format, int rows, int columns, int groupSize, NativeBuffer buffer, long offset)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(offset % 64, 0, nameof(offset));
        var length = ByteLength(format, rows, columns, groupSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, buffer.Length, nameof(offset));
        (Format, Rows, Columns, GroupSize) = (format, rows, columns, IsInteger(format) ? groupSize : 0);
        (_buffer, _offset) = (buffer, offset);
        PaddedColumns = Pad(format, columns, groupSize);
        BlockBytes = BlockByteLength(format, PaddedColumns, groupSize);
    }

    /// <summary>How numbers are stored.</summary>
    public WeightFormat Format { get; }

    /// <summary>Results of a product.</summary>
    public int Rows { get; }

    /// <summary>Inputs of a product.</summary>
    public int Columns { get; }

    /// <summary>Columns per scale; 0 in the float formats.</summary>
    public int GroupSize { get; }

    /// <summary>Blocks of sixteen rows: the unit in which threads share a product.</summary>
    public int Blocks => (Rows + BlockRows - 1) / BlockRows;

    /// <summary>Bytes the matrix occupies, which a product over one row reads once.</summary>
    public long Bytes => BlockBytes * Blocks;

    internal int PaddedColumns { get; }

    internal long BlockBytes { get; }

    internal byte* Data => _buffer.Data + _offset;

    /// <summary>True if products read 8-bit activations.</summary>
    /// <param name="format">A format.</param>
    public static bool IsInteger(WeightFormat format) => format is WeightFormat.Int4 or WeightFormat.Int8;

    /// <summary>Bytes a matrix needs, a multiple of 64.</summary>
    /// <param name="format">How numbers are stored.</param>
    /// <param name="rows">Results of a product.</param>
    /// <param name="columns">Inputs of a product.</param>
    /// <param name="groupSize">Columns per scale in the integer formats.</param>
    public static long ByteLength(WeightFormat format, int rows, int columns, int groupSize)
    {
        if (IsInteger(format))
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(groupSize, 16);
            ArgumentOutOfRangeException.ThrowIfNotEqual(groupSize % 16, 0, nameof(groupSize));
        }

        return (rows + BlockRows - 1) / BlockRows * BlockByteLength(format, Pad(format, columns, groupSize), groupSize);
    }

    /// <summary>Packs a matrix into memory of its own.</summary>
    /// <param name="weights">[rows, columns], row after row; borrowed.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="format">How to store the numbers.</param>
    /// <param name="groupSize">Columns per scale in the integer formats.</param>
    public static PackedMatrix Pack(ReadOnlySpan<float> weights, int rows, int columns, WeightFormat format, int groupSize = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, rows * columns, nameof(weights));
        var matrix = new PackedMatrix(format, rows, columns, groupSize, new NativeBuffer(ByteLength(format, rows, columns, groupSize)), 0);
        for (var row = 0; row < rows; row++)
        {
            matrix.SetRow(row, weights.Slice(row * columns, columns));
        }

        return matrix;
    }

    /// <summary>Stores one row; different rows may be stored by different threads.</summary>
    /// <param name="row">0 to <see cref="Rows"/> − 1.</param>
    /// <param name="weights"><see cref="Columns"/> finite values; borrowed.</param>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public void SetRow(int row, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, Columns, nameof(weights));
        RowPacking.Write(this, row, weights);
    }

    /// <summary>Reads back the values a row stands for.</summary>
    /// <param name="row">0 to <see cref="Rows"/> − 1.</param>
    /// <param name="values">Receives <see cref="Columns"/> values.</param>
    public void GetRow(int row, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, Columns, nameof(values));
        RowPacking.Read(this, row, values);
    }

    /// <summary>Multiplies rows of activations by part of the matrix: y[i] = W · x[i].</summary>
    /// <param name="x">Inputs; for the integer formats already quantised with the same group size.</param>
    /// <param name="y">Receives the results.</param>
    /// <param name="count">Rows of <paramref name="x"/> and <paramref name="y"/>, from 0.</param>
    /// <param name="fromBlock">First block of matrix rows.</param>
    /// <param name="toBlock">The block after the last.</param>
    public void Multiply(ActivationRows x, ActivationRows y, int count, int fromBlock, int toBlock) =>
        Multiply(x, 0, 1, y, 0, 1, count, fromBlock, toBlock);

    /// <summary>Multiplies windows of activations by part of the matrix; a window may span several rows.</summary>
    /// <param name="x">Inputs. Window i starts at row <paramref name="xFirst"/> + i · <paramref name="xStep"/> and is <see cref="Columns"/> values long.</param>
    /// <param name="xFirst">Row where the first window starts.</param>
    /// <param name="xStep">Rows between windows: a convolution's stride.</param>
    /// <param name="y">Results. Result i starts at row <paramref name="yFirst"/> + i · <paramref name="yStep"/> and is <see cref="Rows"/> values long.</param>
    /// <param name="yFirst">Row of the first result.</param>
    /// <param name="yStep">Rows between results: a transposed convolution's stride.</param>
    /// <param name="count">Windows.</param>
    /// <param name="fromBlock">First block of matrix rows.</param>
    /// <param name="toBlock">The block after the last.</param>
    /// <exception cref="ArgumentException">The rows do not fit the matrix.</exception>
    public void Multiply(
        ActivationRows x, int xFirst, int xStep, ActivationRows y, int yFirst, int yStep, int count, int fromBlock, int toBlock)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (count == 0 || fromBlock >= toBlock)
        {
            return;
        }

        CheckWindow(x, xFirst, xStep, count, IsInteger(Format) ? PaddedColumns : Columns, nameof(x));
        CheckWindow(y, yFirst, yStep, count, Rows, nameof(y));
        ArgumentOutOfRangeException.ThrowIfNegative(fromBlock);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(toBlock, Blocks);
        if (IsInteger(Format) && x.GroupSize != GroupSize)
        {
            throw new ArgumentException($"The matrix has {GroupSize} columns per scale, the activations {x.GroupSize}.", nameof(x));
        }

        var target = y.Values + ((long)yFirst * y.Stride);
        var targetStep = yStep * y.Stride;
        if (IsInteger(Format))
        {
            QuantizedProduct.Multiply(this, x, xFirst, xStep, target, targetStep, count, fromBlock, toBlock);
        }
        else
        {
            FloatProduct.Multiply(this, x.Values + ((long)xFirst * x.Stride), xStep * x.Stride, target, targetStep, count, fromBlock, toBlock);
        }

        // The kernels hold only pointers: nobody may finalise the memory while they run.
        GC.KeepAlive(_buffer);
        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    private static void CheckWindow(ActivationRows rows, int first, int step, int count, int length, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first, name);
        ArgumentOutOfRangeException.ThrowIfNegative(step, name);
        var needed = (((long)first + ((long)(count - 1) * step)) * rows.Stride) + length;
        var present = (long)rows.Rows * rows.Stride;
        if (needed > present)
        {
            throw new ArgumentException($"The product needs {needed} values of activations, the rows hold {present}.", name);
        }
    }

    private static int Pad(WeightFormat format, int columns, int groupSize) => format switch
    {
        WeightFormat.Float32 => columns,
        WeightFormat.BFloat16 => (columns + 1) & ~1,
        _ => (columns + groupSize - 1) / groupSize * groupSize,
    };

    private static long BlockByteLength(WeightFormat format, int paddedColumns, int groupSize) => format switch
    {
        WeightFormat.Float32 => paddedColumns * 64L,
        WeightFormat.BFloat16 => paddedColumns * 32L,
        WeightFormat.Int8 => (paddedColumns * 16L) + ScaleBytes(paddedColumns, groupSize),
        WeightFormat.Int4 => (paddedColumns * 8L) + ScaleBytes(paddedColumns, groupSize),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Unknown weight format."),
    };

    private static long ScaleBytes(int paddedColumns, int groupSize) => ((paddedColumns / groupSize * 32L) + 63) / 64 * 64;
}
