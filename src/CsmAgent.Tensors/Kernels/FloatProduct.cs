using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Kernels;

/// <summary>Products of float and bfloat16 matrices with float activations.</summary>
/// <remarks>
/// One or two inputs are a stream over the weights (bound by memory); from eight inputs on the same weights serve a tile
/// of 32 rows by 8 inputs, which keeps both multiply units busy (convolutions, prefill).
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
        where TColumn : struct, IColumn
    {
        var columns = w.Columns;
        for (var b = fromBlock; b < toBlock;)
        {
            var block = w.Data + (b * w.BlockBytes);
            var rows = Math.Min(16, w.Rows - (b * 16));
            var target = y + (b * 16);
            var pair = count >= 8 && b + 1 < toBlock && w.Rows - (b * 16) >= 32;
            var i = 0;
            if (pair)
            {
                for (; i + 8 <= count; i += 8)
                {
                    Tile<TColumn>(block, block + w.BlockBytes, columns, x + ((long)i * xStep), xStep, target + ((long)i * yStep), yStep);
                }
            }

            for (var half = 0; half < (pair ? 2 : 1); half++)
            {
                var at = block + (half * w.BlockBytes);
                var size = pair ? 16 : rows;
                var j = i;
                for (; j + 4 <= count; j += 4)
                {
                    Rows4<TColumn>(at, columns, x + ((long)j * xStep), xStep, target + (half * 16) + ((long)j * yStep), yStep, size);
                }

                for (; j + 2 <= count; j += 2)
                {
                    Rows2<TColumn>(at, columns, x + ((long)j * xStep), xStep, target + (half * 16) + ((long)j * yStep), yStep, size);
                }

                for (; j < count; j++)
                {
                    Rows1<TColumn>(at, columns, x + ((long)j * xStep), target + (half * 16) + ((long)j * yStep), size);
                }
            }

            b += pair ? 2 : 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1<TColumn>(byte* w, int columns, float* x, float* y, int rows)
        where TColumn : struct, IColumn
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        var k = 0;
        for (; k + 4 <= columns; k += 4)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead);
                Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead + 64);
                if (TColumn.Bytes == 64)
                {
                    Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead + 128);
                    Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead + 192);
                }
            }

            a = Vector512.FusedMultiplyAdd(TColumn.Load(w, k), Vector512.Create(x[k]), a);
            b = Vector512.FusedMultiplyAdd(TColumn.Load(w, k + 1), Vector512.Create(x[k + 1]), b);
            c = Vector512.FusedMultiplyAdd(TColumn.Load(w, k + 2), Vector512.Create(x[k + 2]), c);
            d = Vector512.FusedMultiplyAdd(TColumn.Load(w, k + 3), Vector512.Create(x[k + 3]), d);
        }

        for (; k < columns; k++)
        {
            a = Vector512.FusedMultiplyAdd(TColumn.Load(w, k), Vector512.Create(x[k]), a);
        }

        Store((a + b) + (c + d), y, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2<TColumn>(byte* w, int columns, float* x, int xStep, float* y, int yStep, int rows)
        where TColumn : struct, IColumn
    {
        Vector512<float> a0 = default, b0 = default, c0 = default, d0 = default, a1 = default, b1 = default, c1 = default, d1 = default;
        var x1 = x + xStep;
        var k = 0;
        for (; k + 4 <= columns; k += 4)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead);
                Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead + 64);
                if (TColumn.Bytes == 64)
                {
                    Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead + 128);
                    Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead + 192);
                }
            }

            var w0 = TColumn.Load(w, k);
            var w1 = TColumn.Load(w, k + 1);
            var w2 = TColumn.Load(w, k + 2);
            var w3 = TColumn.Load(w, k + 3);
            a0 = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x[k]), a0);
            b0 = Vector512.FusedMultiplyAdd(w1, Vector512.Create(x[k + 1]), b0);
            c0 = Vector512.FusedMultiplyAdd(w2, Vector512.Create(x[k + 2]), c0);
            d0 = Vector512.FusedMultiplyAdd(w3, Vector512.Create(x[k + 3]), d0);
            a1 = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x1[k]), a1);
            b1 = Vector512.FusedMultiplyAdd(w1, Vector512.Create(x1[k + 1]), b1);
            c1 = Vector512.FusedMultiplyAdd(w2, Vector512.Create(x1[k + 2]), c1);
            d1 = Vector512.FusedMultiplyAdd(w3, Vector512.Create(x1[k + 3]), d1);
        }

        for (; k < columns; k++)
        {
            var w0 = TColumn.Load(w, k);
            a0 = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x[k]), a0);
            a1 = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x1[k]), a1);
        }

        Store((a0 + b0) + (c0 + d0), y, rows);
        Store((a1 + b1) + (c1 + d1), y + yStep, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4<TColumn>(byte* w, int columns, float* x, int xStep, float* y, int yStep, int rows)
        where TColumn : struct, IColumn
    {
        Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        float* x1 = x + xStep, x2 = x1 + xStep, x3 = x2 + xStep;
        var k = 0;
        for (; k + 2 <= columns; k += 2)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead);
                if (TColumn.Bytes == 64)
                {
                    Sse.Prefetch0(w + (k * TColumn.Bytes) + Ahead + 64);
                }
            }

            var w0 = TColumn.Load(w, k);
            var w1 = TColumn.Load(w, k + 1);
            a = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x[k]), a);
            b = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x1[k]), b);
            c = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x2[k]), c);
            d = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x3[k]), d);
            e = Vector512.FusedMultiplyAdd(w1, Vector512.Create(x[k + 1]), e);
            f = Vector512.FusedMultiplyAdd(w1, Vector512.Create(x1[k + 1]), f);
            g = Vector512.FusedMultiplyAdd(w1, Vector512.Create(x2[k + 1]), g);
            h = Vector512.FusedMultiplyAdd(w1, Vector512.Create(x3[k + 1]), h);
        }

        for (; k < columns; k++)
        {
            var w0 = TColumn.Load(w, k);
            a = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x[k]), a);
            b = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x1[k]), b);
            c = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x2[k]), c);
            d = Vector512.FusedMultiplyAdd(w0, Vector512.Create(x3[k]), d);
        }

        Store(a + e, y, rows);
        Store(b + f, y + yStep, rows);
        Store(c + g, y + (2 * yStep), rows);
        Store(d + h, y + (3 * yStep), rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TColumn>(byte* w, byte* v, int columns, float* x, int xStep, float* y, int yStep)
        where TColumn : struct, IColumn
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

        StorePair(a0, b0, y);
        StorePair(a1, b1, y + yStep);
        StorePair(a2, b2, y + (2L * yStep));
        StorePair(a3, b3, y + (3L * yStep));
        StorePair(a4, b4, y + (4L * yStep));
        StorePair(a5, b5, y + (5L * yStep));
        StorePair(a6, b6, y + (6L * yStep));
        StorePair(a7, b7, y + (7L * yStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(Vector512<float> a, Vector512<float> b, float* y)
    {
        a.Store(y);
        b.Store(y + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> value, float* y, int rows)
    {
        if (rows == 16)
        {
            value.Store(y);
            return;
        }

        var all = stackalloc float[16];
        value.Store(all);
        new Span<float>(all, rows).CopyTo(new Span<float>(y, rows));
    }

    /// <summary>One column of sixteen rows as floats.</summary>
    private interface IColumn
    {
        static abstract int Bytes { get; }

        static abstract Vector512<float> Load(byte* block, int column);
    }

    private readonly struct Float32Column : IColumn
    {
        public static int Bytes => 64;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* block, int column) => Vector512.LoadAligned((float*)block + (column * 16));
    }

    private readonly struct BFloat16Column : IColumn
    {
        public static int Bytes => 32;

        // Even columns sit in the lower halves of the 32-bit lanes, odd ones in the upper halves.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* block, int column)
        {
            var pair = Vector512.LoadAligned((uint*)block + (column / 2 * 16));
            return ((column & 1) == 0 ? pair << 16 : pair & Vector512.Create(0xFFFF0000u)).AsSingle();
        }
    }
}
