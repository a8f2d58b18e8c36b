using System.Runtime.CompilerServices;

namespace CsmAgent.Tensors.Packing;

/// <summary>Writes and reads single rows of a <see cref="PackedMatrix"/>.</summary>
internal static unsafe class RowPacking
{
    public static void Write(PackedMatrix m, int row, ReadOnlySpan<float> weights)
    {
        foreach (var w in weights)
        {
            if (!float.IsFinite(w))
            {
                throw new ArgumentException($"Row {row} of a weight matrix holds {w}; every weight must be finite.", nameof(weights));
            }
        }

        var block = m.Data + (row / PackedMatrix.BlockRows * m.BlockBytes);
        var lane = row % PackedMatrix.BlockRows;
        switch (m.Format)
        {
            case WeightFormat.Float32:
                for (var k = 0; k < weights.Length; k++)
                {
                    ((float*)block)[(k * 16) + lane] = weights[k];
                }

                break;
            case WeightFormat.BFloat16:
                for (var k = 0; k < weights.Length; k++)
                {
                    ((ushort*)block)[(k / 2 * 32) + (lane * 2) + (k & 1)] = BrainFloat.Round(weights[k]);
                }

                break;
            default:
                var scales = (ushort*)(block + QuantBytes(m)) + lane;
                for (var g = 0; g < m.PaddedColumns / m.GroupSize; g++)
                {
                    var start = g * m.GroupSize;
                    var group = weights.Slice(start, Math.Min(m.GroupSize, weights.Length - start));
                    scales[g * 16] = m.Format == WeightFormat.Int4
                        ? WriteNibbles(block, lane, start, m.GroupSize, group)
                        : WriteBytes(block, lane, start, m.GroupSize, group);
                }

                break;
        }
    }

    public static void Read(PackedMatrix m, int row, Span<float> values)
    {
        var block = m.Data + (row / PackedMatrix.BlockRows * m.BlockBytes);
        var lane = row % PackedMatrix.BlockRows;
        var scales = (ushort*)(block + QuantBytes(m)) + lane;
        for (var k = 0; k < values.Length; k++)
        {
            values[k] = m.Format switch
            {
                WeightFormat.Float32 => ((float*)block)[(k * 16) + lane],
                WeightFormat.BFloat16 => BrainFloat.Widen(((ushort*)block)[(k / 2 * 32) + (lane * 2) + (k & 1)]),
                WeightFormat.Int8 => (block[ByteIndex(k, lane)] - 128) * BrainFloat.Widen(scales[k / m.GroupSize * 16]),
                _ => (((block[NibbleIndex(k, lane)] >> (k & 4)) & 15) - 8) * BrainFloat.Widen(scales[k / m.GroupSize * 16]),
            };
        }
    }

    /// <summary>Bytes of quantised values before a block's scales.</summary>
    public static long QuantBytes(PackedMatrix m) => m.PaddedColumns * (m.Format == WeightFormat.Int8 ? 16L : 8L);

    private static int ByteIndex(int k, int lane) => (k / 4 * 64) + (lane * 4) + (k & 3);

    private static int NibbleIndex(int k, int lane) => (k / 8 * 64) + (lane * 4) + (k & 3);

    private static ushort WriteBytes(byte* block, int lane, int start, int groupSize, ReadOnlySpan<float> group)
    {
        var peak = 0f;
        foreach (var w in group)
        {
            peak = Math.Max(peak, Math.Abs(w));
        }

        var stored = BrainFloat.Round(peak / 127f);
        var scale = BrainFloat.Widen(stored);
        for (var i = 0; i < groupSize; i++)
        {
            var q = i < group.Length ? Nearest(group[i], scale, -127, 127) : 0;
            block[ByteIndex(start + i, lane)] = (byte)(q + 128);
        }

        return stored;
    }

    private static ushort WriteNibbles(byte* block, int lane, int start, int groupSize, ReadOnlySpan<float> group)
    {
        var stored = BestNibbleScale(group);
        var scale = BrainFloat.Widen(stored);
        for (var i = 0; i < groupSize; i++)
        {
            var q = (i < group.Length ? Nearest(group[i], scale, -8, 7) : 0) + 8;
            var k = start + i;
            var at = block + NibbleIndex(k, lane);
            *at = (byte)((k & 4) == 0 ? (*at & 0xF0) | q : (*at & 0x0F) | (q << 4));
        }

        return stored;
    }

    // Clipping the largest weight a little, and choosing which end gets the extra level −8, lowers the squared error. A few
    // candidates find most of the gain; least squares on the rounded values, and rounding anew, finds the rest but for 1 %.
    private static ushort BestNibbleScale(ReadOnlySpan<float> group)
    {
        var peak = 0f;
        foreach (var w in group)
        {
            peak = Math.Abs(w) > Math.Abs(peak) ? w : peak;
        }

        ReadOnlySpan<float> levels = [-8f, -7.5f, 7f, 7.5f, -8.8f, 8f];
        (ushort Scale, float Error) best = (0, float.PositiveInfinity);
        foreach (var level in levels)
        {
            var candidate = NibbleError(group, peak / level);
            best = candidate.Error < best.Error ? candidate : best;
        }

        for (var round = 0; round < 2; round++)
        {
            var scale = BrainFloat.Widen(best.Scale);
            float products = 0, squares = 0;
            foreach (var w in group)
            {
                float q = Nearest(w, scale, -8, 7);
                products += w * q;
                squares += q * q;
            }

            if (squares == 0 || NibbleError(group, products / squares) is var fitted && fitted.Error >= best.Error)
            {
                break;
            }

            best = fitted;
        }

        return best.Scale;
    }

    private static (ushort Scale, float Error) NibbleError(ReadOnlySpan<float> group, float wanted)
    {
        var stored = BrainFloat.Round(wanted);
        var scale = BrainFloat.Widen(stored);
        var error = 0f;
        foreach (var w in group)
        {
            var e = w - (Nearest(w, scale, -8, 7) * scale);
            error += e * e;
        }

        return (stored, error);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Nearest(float w, float scale, int low, int high) =>
        scale == 0 ? 0 : (int)Math.Clamp(MathF.Round(w / scale), low, high);
}
