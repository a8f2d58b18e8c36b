using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Kernels;

/// <summary>Products of float and bfloat16 matrices with float activations.</summary>
/// <remarks>
/// One or two inputs are a stream over the weights (bound by memory); with more the same weights serve a tile, which keeps
/// both multiply units busy (convolutions, prefill). A tile is what the registers hold: 32 rows by 8 inputs where there are
/// 32 registers of 16 floats, 16 rows by 6 inputs where there are 16 of 8.
/// </remarks>
internal static unsafe class FloatProduct
{
    private const int Ahead = 2048;

    public static void Multiply(PackedMatrix w, float* x, int xStep, float* y, int yStep, int count, int fromBlock, int toBlock)
    {
        if (w.Format == WeightFormat.Float32)
        {
            Multiply<Float32Column>(w, x, xStep, y, yStep, count, fromBlock, toBlock);
        }
        else
        {
            Multiply<BFloat16Column>(w, x, xStep, y, yStep, count, fromBlock, toBlock);
        }
    }

    private static void Multiply<TColumn>(
        PackedMatrix w, float* x, int xStep, float* y, int yStep, int count, int fromBlock, int toBlock)
        where TColumn : struct, IFloatColumn
    {
        var columns = w.Columns;
        var aside = stackalloc float[6 * 16];
        for (var b = fromBlock; b < toBlock;)
        {
            var block = w.Data + (b * w.BlockBytes);
            var target = y + (b * 16);
            var i = 0;
            if (Vector512.IsHardwareAccelerated && count >= 8 && b + 1 < toBlock && w.Rows - (b * 16) >= 32)
            {
                for (; i + 8 <= count; i += 8)
                {
                    Tile<TColumn>(block, block + w.BlockBytes, columns, x + ((long)i * xStep), xStep, target + ((long)i * yStep), yStep);
                }

                Rest<TColumn>(block, columns, x, xStep, target, yStep, i, count, 16, aside);
                Rest<TColumn>(block + w.BlockBytes, columns, x, xStep, target + 16, yStep, i, count, 16, aside);
                b += 2;
            }
            else
            {
                Rest<TColumn>(block, columns, x, xStep, target, yStep, 0, count, Math.Min(16, w.Rows - (b * 16)), aside);
                b++;
            }
        }
    }

    // Inputs from i on, with one block of rows.
    private static void Rest<TColumn>(
        byte* block, int columns, float* x, int xStep, float* y, int yStep, int i, int count, int rows, float* aside)
        where TColumn : struct, IFloatColumn
    {
        while (i < count)
        {
            var left = count - i;
            var take = left >= 6 && !Vector512.IsHardwareAccelerated ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
            var input = x + ((long)i * xStep);
            var target = y + ((long)i * yStep);
            var (result, step) = rows == 16 ? ((nint)target, yStep) : ((nint)aside, 16);
            switch (take)
            {
                case 6: SmallTile<TColumn>(block, columns, input, xStep, (float*)result, step); break;
                case 4: Rows4<TColumn>(block, columns, input, xStep, (float*)result, step); break;
                case 2: Rows2<TColumn>(block, columns, input, xStep, (float*)result, step); break;
                default: Rows1<TColumn>(block, columns, input, (float*)result); break;
            }

            if (rows < 16)
            {
                LastBlock.Copy(aside, rows, take, target, yStep);
            }

            i += take;
        }
    }

    // Few inputs: eight sums of eight floats are as many as the two multiply units have under way at once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1<TColumn>(byte* w, int columns, float* x, float* y)
        where TColumn : struct, IFloatColumn
    {
        Vector256<float> a0 = default, b0 = default, c0 = default, d0 = default, a1 = default, b1 = default, c1 = default, d1 = default;
        var k = 0;
        for (; k + 4 <= columns; k += 4)
        {
            Prefetch(w + (k * TColumn.Bytes), 4 * TColumn.Bytes);
            var (p, q) = TColumn.LoadPair(w, k, 0);
            var (r, s) = TColumn.LoadPair(w, k, 1);
            a0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(x[k]), a0);
            a1 = Vector256.FusedMultiplyAdd(r, Vector256.Create(x[k]), a1);
            b0 = Vector256.FusedMultiplyAdd(q, Vector256.Create(x[k + 1]), b0);
            b1 = Vector256.FusedMultiplyAdd(s, Vector256.Create(x[k + 1]), b1);
            (p, q) = TColumn.LoadPair(w, k + 2, 0);
            (r, s) = TColumn.LoadPair(w, k + 2, 1);
            c0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(x[k + 2]), c0);
            c1 = Vector256.FusedMultiplyAdd(r, Vector256.Create(x[k + 2]), c1);
            d0 = Vector256.FusedMultiplyAdd(q, Vector256.Create(x[k + 3]), d0);
            d1 = Vector256.FusedMultiplyAdd(s, Vector256.Create(x[k + 3]), d1);
        }

        for (; k < columns; k++)
        {
            a0 = Vector256.FusedMultiplyAdd(TColumn.Load(w, k, 0), Vector256.Create(x[k]), a0);
            a1 = Vector256.FusedMultiplyAdd(TColumn.Load(w, k, 1), Vector256.Create(x[k]), a1);
        }

        Store(a0 + b0 + (c0 + d0), a1 + b1 + (c1 + d1), y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2<TColumn>(byte* w, int columns, float* x, int xStep, float* y, int yStep)
        where TColumn : struct, IFloatColumn
    {
        Vector256<float> a0 = default, b0 = default, c0 = default, d0 = default, a1 = default, b1 = default, c1 = default, d1 = default;
        var z = x + xStep;
        var k = 0;
        for (; k + 2 <= columns; k += 2)
        {
            Prefetch(w + (k * TColumn.Bytes), 2 * TColumn.Bytes);
            var (p, q) = TColumn.LoadPair(w, k, 0);
            var (r, s) = TColumn.LoadPair(w, k, 1);
            a0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(x[k]), a0);
            a1 = Vector256.FusedMultiplyAdd(r, Vector256.Create(x[k]), a1);
            b0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(z[k]), b0);
            b1 = Vector256.FusedMultiplyAdd(r, Vector256.Create(z[k]), b1);
            c0 = Vector256.FusedMultiplyAdd(q, Vector256.Create(x[k + 1]), c0);
            c1 = Vector256.FusedMultiplyAdd(s, Vector256.Create(x[k + 1]), c1);
            d0 = Vector256.FusedMultiplyAdd(q, Vector256.Create(z[k + 1]), d0);
            d1 = Vector256.FusedMultiplyAdd(s, Vector256.Create(z[k + 1]), d1);
        }

        if (k < columns)
        {
            a0 = Vector256.FusedMultiplyAdd(TColumn.Load(w, k, 0), Vector256.Create(x[k]), a0);
            a1 = Vector256.FusedMultiplyAdd(TColumn.Load(w, k, 1), Vector256.Create(x[k]), a1);
            b0 = Vector256.FusedMultiplyAdd(TColumn.Load(w, k, 0), Vector256.Create(z[k]), b0);
            b1 = Vector256.FusedMultiplyAdd(TColumn.Load(w, k, 1), Vector256.Create(z[k]), b1);
        }

        Store(a0 + c0, a1 + c1, y);
        Store(b0 + d0, b1 + d1, y + yStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4<TColumn>(byte* w, int columns, float* x, int xStep, float* y, int yStep)
        where TColumn : struct, IFloatColumn
    {
        Vector256<float> a0 = default, b0 = default, c0 = default, d0 = default, a1 = default, b1 = default, c1 = default, d1 = default;
        float* x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
        for (var k = 0; k < columns; k++)
        {
            Prefetch(w + (k * TColumn.Bytes), TColumn.Bytes);
            var p = TColumn.Load(w, k, 0);
            var q = TColumn.Load(w, k, 1);
            a0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(x[k]), a0);
            a1 = Vector256.FusedMultiplyAdd(q, Vector256.Create(x[k]), a1);
            b0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(x1[k]), b0);
            b1 = Vector256.FusedMultiplyAdd(q, Vector256.Create(x1[k]), b1);
            c0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(x2[k]), c0);
            c1 = Vector256.FusedMultiplyAdd(q, Vector256.Create(x2[k]), c1);
            d0 = Vector256.FusedMultiplyAdd(p, Vector256.Create(x3[k]), d0);
            d1 = Vector256.FusedMultiplyAdd(q, Vector256.Create(x3[k]), d1);
        }

        Store(a0, a1, y);
        Store(b0, b1, y + yStep);
        Store(c0, c1, y + (2L * yStep));
        Store(d0, d1, y + (3L * yStep));
    }

    // Far enough ahead to cover a memory access at the pace one core reads.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* w, int bytes)
    {
        for (var line = 0; line < bytes && Sse.IsSupported; line += 64)
        {
            Sse.Prefetch0(w + Ahead + line);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TColumn>(byte* w, byte* v, int columns, float* x, int xStep, float* y, int yStep)
        where TColumn : struct, IFloatColumn
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        float* x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep, x4 = x3 + xStep, x5 = x4 + xStep, x6 = x5 + xStep, x7 = x6 + xStep;
        for (var k = 0; k < columns; k++)
        {
            var p = TColumn.Load(w, k);
            var q = TColumn.Load(v, k);
            var t = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(p, t, a0);
            b0 = Vector512.FusedMultiplyAdd(q, t, b0);
            t = Vector512.Create(x1[k]);
            a1 = Vector512.FusedMultiplyAdd(p, t, a1);
            b1 = Vector512.FusedMultiplyAdd(q, t, b1);
            t = Vector512.Create(x2[k]);
            a2 = Vector512.FusedMultiplyAdd(p, t, a2);
            b2 = Vector512.FusedMultiplyAdd(q, t, b2);
            t = Vector512.Create(x3[k]);
            a3 = Vector512.FusedMultiplyAdd(p, t, a3);
            b3 = Vector512.FusedMultiplyAdd(q, t, b3);
            t = Vector512.Create(x4[k]);
            a4 = Vector512.FusedMultiplyAdd(p, t, a4);
            b4 = Vector512.FusedMultiplyAdd(q, t, b4);
            t = Vector512.Create(x5[k]);
            a5 = Vector512.FusedMultiplyAdd(p, t, a5);
            b5 = Vector512.FusedMultiplyAdd(q, t, b5);
            t = Vector512.Create(x6[k]);
            a6 = Vector512.FusedMultiplyAdd(p, t, a6);
            b6 = Vector512.FusedMultiplyAdd(q, t, b6);
            t = Vector512.Create(x7[k]);
            a7 = Vector512.FusedMultiplyAdd(p, t, a7);
            b7 = Vector512.FusedMultiplyAdd(q, t, b7);
        }

        Store(a0, b0, y);
        Store(a1, b1, y + yStep);
        Store(a2, b2, y + (2L * yStep));
        Store(a3, b3, y + (3L * yStep));
        Store(a4, b4, y + (4L * yStep));
        Store(a5, b5, y + (5L * yStep));
        Store(a6, b6, y + (6L * yStep));
        Store(a7, b7, y + (7L * yStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SmallTile<TColumn>(byte* w, int columns, float* x, int xStep, float* y, int yStep)
        where TColumn : struct, IFloatColumn
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default;
        Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default;
        float* x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep, x4 = x3 + xStep, x5 = x4 + xStep;
        for (var k = 0; k < columns; k++)
        {
            var p = TColumn.Load(w, k, 0);
            var q = TColumn.Load(w, k, 1);
            var t = Vector256.Create(x[k]);
            a0 = Vector256.FusedMultiplyAdd(p, t, a0);
            b0 = Vector256.FusedMultiplyAdd(q, t, b0);
            t = Vector256.Create(x1[k]);
            a1 = Vector256.FusedMultiplyAdd(p, t, a1);
            b1 = Vector256.FusedMultiplyAdd(q, t, b1);
            t = Vector256.Create(x2[k]);
            a2 = Vector256.FusedMultiplyAdd(p, t, a2);
            b2 = Vector256.FusedMultiplyAdd(q, t, b2);
            t = Vector256.Create(x3[k]);
            a3 = Vector256.FusedMultiplyAdd(p, t, a3);
            b3 = Vector256.FusedMultiplyAdd(q, t, b3);
            t = Vector256.Create(x4[k]);
            a4 = Vector256.FusedMultiplyAdd(p, t, a4);
            b4 = Vector256.FusedMultiplyAdd(q, t, b4);
            t = Vector256.Create(x5[k]);
            a5 = Vector256.FusedMultiplyAdd(p, t, a5);
            b5 = Vector256.FusedMultiplyAdd(q, t, b5);
        }

        Store(a0, b0, y);
        Store(a1, b1, y + yStep);
        Store(a2, b2, y + (2L * yStep));
        Store(a3, b3, y + (3L * yStep));
        Store(a4, b4, y + (4L * yStep));
        Store(a5, b5, y + (5L * yStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> a, Vector512<float> b, float* y)
    {
        a.Store(y);
        b.Store(y + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> a, Vector256<float> b, float* y)
    {
        a.Store(y);
        b.Store(y + 8);
    }
}
