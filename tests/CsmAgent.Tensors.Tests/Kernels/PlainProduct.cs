using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Tests.Kernels;

/// <summary>Products as the formulas say them, one number at a time.</summary>
internal static class PlainProduct
{
    /// <summary>Σ w·x in double precision over the values the matrix stands for.</summary>
    public static double[] Exact(PackedMatrix w, ReadOnlySpan<float> x)
    {
        var y = new double[w.Rows];
        var row = new float[w.Columns];
        for (var r = 0; r < w.Rows; r++)
        {
            w.GetRow(r, row);
            for (var k = 0; k < row.Length; k++)
            {
                y[r] += (double)row[k] * x[k];
            }
        }

        return y;
    }

    /// <summary>The integer formats to the last bit: activations in 8 bits per group, exact sums in a group, groups in order.</summary>
    public static float[] Quantized(PackedMatrix w, ReadOnlySpan<float> x)
    {
        var y = new float[w.Rows];
        var padded = (w.Columns + w.GroupSize - 1) / w.GroupSize * w.GroupSize;
        var values = new float[padded];
        x.CopyTo(values);
        var row = new float[w.Columns];
        for (var r = 0; r < w.Rows; r++)
        {
            w.GetRow(r, row);
            for (var g = 0; g < padded / w.GroupSize; g++)
            {
                var group = values.AsSpan(g * w.GroupSize, w.GroupSize);
                var peak = 0f;
                foreach (var v in group)
                {
                    peak = Math.Max(peak, Math.Abs(v));
                }

                var weightScale = Scale(w, r, g);
                long sum = 0;
                for (var i = 0; i < w.GroupSize && (g * w.GroupSize) + i < w.Columns && peak > 0; i++)
                {
                    var q = weightScale == 0 ? 0 : (int)Math.Round(row[(g * w.GroupSize) + i] / (double)weightScale);
                    sum += q * (int)MathF.Round(group[i] * (127f / peak));
                }

                y[r] = MathF.FusedMultiplyAdd(sum, weightScale * (peak / 127f), y[r]);
            }
        }

        return y;
    }

    private static unsafe float Scale(PackedMatrix w, int row, int group)
    {
        var block = w.Data + (row / 16 * w.BlockBytes) + RowPacking.QuantBytes(w);
        return BrainFloat.Widen(((ushort*)block)[(group * 16) + (row % 16)]);
    }
}
