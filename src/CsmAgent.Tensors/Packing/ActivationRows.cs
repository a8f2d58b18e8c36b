using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Packing;

/// <summary>Rows of activations in native memory, with room for their 8-bit form that the integer products read.</summary>
/// <remarks>
/// Rows lie one after another without gaps, so that a causal convolution's window over time, several rows in
/// sequence, is one long row (see <see cref="PackedMatrix.Multiply(ActivationRows, int, int, ActivationRows, int, int, int, int, int)"/>).
/// The 8-bit form has one scale per group of columns: value ≈ scale · q, q in −127..127.
/// </remarks>
public sealed unsafe class ActivationRows : IDisposable
{
    private readonly NativeBuffer _values;
    private readonly NativeBuffer? _quantized;

    /// <summary>Allocates zeros.</summary>
    /// <param name="rows">Rows, at least 1.</param>
    /// <param name="columns">Values in a row, at least 1.</param>
    /// <param name="groupSize">Columns per scale of the 8-bit form, a multiple of 16; 0 for rows that are never quantised.
    /// The stride is then rounded up to whole groups.</param>
    public ActivationRows(int rows, int columns, int groupSize = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(groupSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(groupSize % 16, 0, nameof(groupSize));
        Rows = rows;
        Columns = columns;
        GroupSize = groupSize;
        Stride = groupSize == 0 ? columns : (columns + groupSize - 1) / groupSize * groupSize;
        var count = (long)rows * Stride;

        // The float products may read one vector beyond the last row.
        _values = new NativeBuffer((count * sizeof(float)) + 64);
        Values = (float*)_values.Data;
        if (groupSize > 0)
        {
            var groups = count / groupSize;
            var scales = (count + 63) / 64 * 64;
            var sums = scales + (((groups * sizeof(float)) + 63) / 64 * 64);
            _quantized = new NativeBuffer(sums + (groups * sizeof(int)));
            Quantized = (sbyte*)_quantized.Data;
            Scales = (float*)(_quantized.Data + scales);
            Sums = (int*)(_quantized.Data + sums);
        }
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Values in a row.</summary>
    public int Columns { get; }

    /// <summary>Values from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>Columns per scale; 0 without an 8-bit form.</summary>
    public int GroupSize { get; }

    internal float* Values { get; }

    internal sbyte* Quantized { get; }

    internal float* Scales { get; }

    internal int* Sums { get; }

    /// <summary>One row.</summary>
    /// <param name="row">0 to <see cref="Rows"/> − 1.</param>
    public Span<float> this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
            return new Span<float>(Values + ((long)row * Stride), Columns);
        }
    }

    /// <summary>Several rows as one span, <see cref="Stride"/> values each.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">Rows.</param>
    public Span<float> Slice(int first, int count)
    {
        CheckRows(first, count);
        return new Span<float>(Values + ((long)first * Stride), checked(count * Stride));
    }

    /// <summary>Writes the 8-bit form of part of one row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="firstGroup">First group of the row.</param>
    /// <param name="groupCount">Groups.</param>
    /// <exception cref="InvalidOperationException">These rows were made without a group size.</exception>
    public void Quantize(int row, int firstGroup, int groupCount)
    {
        if (GroupSize == 0)
        {
            throw new InvalidOperationException("These activation rows have no 8-bit form; give a group size when making them.");
        }

        CheckRows(row, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstGroup);
        ArgumentOutOfRangeException.ThrowIfNegative(groupCount);
        var groups = Stride / GroupSize;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstGroup + groupCount, groups, nameof(groupCount));
        for (var g = firstGroup; g < firstGroup + groupCount; g++)
        {
            var group = ((long)row * groups) + g;
            QuantizeGroup(Values + (group * GroupSize), GroupSize, Quantized + (group * GroupSize), Scales + group, Sums + group);
        }
    }

    /// <summary>Writes the 8-bit form of one whole row.</summary>
    /// <param name="row">The row.</param>
    public void Quantize(int row) => Quantize(row, 0, GroupSize == 0 ? 0 : Stride / GroupSize);

    /// <summary>Moves rows to the front, as a streaming convolution keeps its last inputs.</summary>
    /// <param name="first">The first row to keep.</param>
    /// <param name="count">Rows to keep.</param>
    public void MoveToFront(int first, int count)
    {
        CheckRows(first, count);
        if (first == 0 || count == 0)
        {
            return;
        }

        long bytes = (long)count * Stride * sizeof(float);
        Buffer.MemoryCopy(Values + ((long)first * Stride), Values, bytes, bytes);
        if (GroupSize > 0)
        {
            long quants = (long)count * Stride, groups = quants / GroupSize, skip = (long)first * Stride;
            Buffer.MemoryCopy(Quantized + skip, Quantized, quants, quants);
            Buffer.MemoryCopy(Scales + (skip / GroupSize), Scales, groups * sizeof(float), groups * sizeof(float));
            Buffer.MemoryCopy(Sums + (skip / GroupSize), Sums, groups * sizeof(int), groups * sizeof(int));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        _quantized?.Dispose();
    }

    internal void CheckRows(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Rows, nameof(count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void QuantizeGroup(float* x, int count, sbyte* q, float* scale, int* sum)
    {
        // The bits of magnitudes order like the magnitudes, with NaN above all.
        Vector256<int> peak = default, other = default;
        var magnitude = Vector256.Create(int.MaxValue);
        for (var i = 0; i < count; i += 16)
        {
            peak = Vector256.Max(peak, Vector256.Load((int*)x + i) & magnitude);
            other = Vector256.Max(other, Vector256.Load((int*)x + i + 8) & magnitude);
        }

        peak = Vector256.Max(peak, other);
        var half = Vector128.Max(peak.GetLower(), peak.GetUpper());
        var largest = BitConverter.Int32BitsToSingle(Math.Max(Math.Max(half[0], half[1]), Math.Max(half[2], half[3])));

        // Below this the reciprocal overflows; such a group is silence.
        if (!(largest > 1e-36f))
        {
            new Span<sbyte>(q, count).Clear();
            *scale = float.IsNaN(largest) ? float.NaN : 0;
            *sum = 0;
            return;
        }

        var inverse = Vector256.Create(127f / largest);
        var total = Vector256<int>.Zero;
        for (var i = 0; i < count; i += 16)
        {
            // Within −127..127, so the conversion needs no care for what does not fit.
            var v = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.Load(x + i) * inverse));
            var w = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.Load(x + i + 8) * inverse));
            total += v + w;
            var words = Vector256.Narrow(v, w);
            Vector128.Narrow(words.GetLower(), words.GetUpper()).Store(q + i);
        }

        *scale = largest / 127f;
        *sum = Vector256.Sum(total);
    }
}
