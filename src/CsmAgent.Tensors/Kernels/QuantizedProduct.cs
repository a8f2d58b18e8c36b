using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Kernels;

/// <summary>Products of int4 and int8 matrices with 8-bit activations.</summary>
/// <remarks>
/// Within a group the sum is an exact integer; groups are added in order by fused multiply-adds. Every instruction set
/// therefore gives the same bits, and one row gives the same result alone or in a batch.
/// </remarks>
internal static unsafe class QuantizedProduct
{
    // Far enough ahead to cover a memory access at the pace one core reads; found by trial, flat from 1 to 4 KB.
    private const int Ahead = 2048;

    public static void Multiply(
        PackedMatrix w, ActivationRows x, int xFirst, int xStep, float* y, int yStep, int count, int fromBlock, int toBlock)
    {
        if (VnniDot.IsSupported)
        {
            Multiply<VnniDot>(w, x, xFirst, xStep, y, yStep, count, fromBlock, toBlock);
        }
        else if (Avx2Dot.IsSupported)
        {
            Multiply<Avx2Dot>(w, x, xFirst, xStep, y, yStep, count, fromBlock, toBlock);
        }
        else if (AdvSimdDot.IsSupported)
        {
            Multiply<AdvSimdDot>(w, x, xFirst, xStep, y, yStep, count, fromBlock, toBlock);
        }
        else
        {
            Multiply<PortableDot>(w, x, xFirst, xStep, y, yStep, count, fromBlock, toBlock);
        }
    }

    public static void Multiply<TDot>(
        PackedMatrix w, ActivationRows x, int xFirst, int xStep, float* y, int yStep, int count, int fromBlock, int toBlock)
        where TDot : struct, IDotProduct
    {
        var step = xStep * x.Stride;
        var group = w.GroupSize;
        var start = (long)xFirst * x.Stride;
        var input = new Input(x.Quantized + start, x.Scales + (start / group), x.Sums + (start / group), step, step / group);
        var groups = w.PaddedColumns / group;
        var int4 = w.Format == WeightFormat.Int4;
        var quantBytes = RowPacking.QuantBytes(w);
        for (var b = fromBlock; b < toBlock; b++)
        {
            var block = w.Data + (b * w.BlockBytes);
            var scales = (ushort*)(block + quantBytes);
            var rows = Math.Min(16, w.Rows - (b * 16));
            var target = y + (b * 16);
            for (var i = 0; i < count;)
            {
                var take = count - i >= 4 ? 4 : count - i >= 2 ? 2 : 1;
                var at = input.At(i);
                var result = target + ((long)i * yStep);
                switch (take, int4)
                {
                    case (1, true): Nibbles1<TDot>(block, scales, groups, group, at, result, yStep, rows); break;
                    case (2, true): Nibbles2<TDot>(block, scales, groups, group, at, result, yStep, rows); break;
                    case (4, true): Nibbles4<TDot>(block, scales, groups, group, at, result, yStep, rows); break;
                    case (1, false): Bytes1<TDot>(block, scales, groups, group, at, result, yStep, rows); break;
                    case (2, false): Bytes2<TDot>(block, scales, groups, group, at, result, yStep, rows); break;
                    default: Bytes4<TDot>(block, scales, groups, group, at, result, yStep, rows); break;
                }

                i += take;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nibbles1<TDot>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct => Nibbles<TDot>(1, w, s, groups, size, x, y, yStep, rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nibbles2<TDot>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct => Nibbles<TDot>(2, w, s, groups, size, x, y, yStep, rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nibbles4<TDot>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct => Nibbles<TDot>(4, w, s, groups, size, x, y, yStep, rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bytes1<TDot>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct => Bytes<TDot>(1, w, s, groups, size, x, y, yStep, rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bytes2<TDot>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct => Bytes<TDot>(2, w, s, groups, size, x, y, yStep, rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bytes4<TDot>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct => Bytes<TDot>(4, w, s, groups, size, x, y, yStep, rows);

    // n is a constant in every caller, so the branches on it vanish; letters number the inputs, digits the halves of 16 rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Nibbles<TDot>(int n, byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct
    {
        var mask = Vector256.Create((byte)15);
        Vector256<float> ya0 = default, ya1 = default, yb0 = default, yb1 = default, yc0 = default, yc1 = default, yd0 = default, yd1 = default;
        var q = x.Quantized;
        for (var g = 0; g < groups; g++)
        {
            var a0 = Vector256.Create(-8 * x.Sums[g]);
            var a1 = a0;
            Vector256<int> e0 = default, e1 = default;
            var b0 = n > 1 ? Vector256.Create(-8 * x.Sums[g + x.GroupStep]) : default;
            var b1 = b0;
            var c0 = n > 2 ? Vector256.Create(-8 * x.Sums[g + (2 * x.GroupStep)]) : default;
            var c1 = c0;
            var d0 = n > 2 ? Vector256.Create(-8 * x.Sums[g + (3 * x.GroupStep)]) : default;
            var d1 = d0;
            for (var k = 0; k < size; k += 8, w += 64, q += 8)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(w + Ahead);
                }

                var w0 = Vector256.LoadAligned(w);
                var w1 = Vector256.LoadAligned(w + 32);
                var low0 = w0 & mask;
                var low1 = w1 & mask;
                var high0 = (w0.AsUInt16() >> 4).AsByte() & mask;
                var high1 = (w1.AsUInt16() >> 4).AsByte() & mask;
                a0 = TDot.AddNibbles(a0, low0, Quad(q));
                a1 = TDot.AddNibbles(a1, low1, Quad(q));
                if (n == 1)
                {
                    // A second pair of sums halves the chain of dependent instructions; with more inputs there are chains enough.
                    e0 = TDot.AddNibbles(e0, high0, Quad(q + 4));
                    e1 = TDot.AddNibbles(e1, high1, Quad(q + 4));
                }
                else
                {
                    a0 = TDot.AddNibbles(a0, high0, Quad(q + 4));
                    a1 = TDot.AddNibbles(a1, high1, Quad(q + 4));
                    b0 = TDot.AddNibbles(TDot.AddNibbles(b0, low0, Quad(q + x.Step)), high0, Quad(q + x.Step + 4));
                    b1 = TDot.AddNibbles(TDot.AddNibbles(b1, low1, Quad(q + x.Step)), high1, Quad(q + x.Step + 4));
                }

                if (n > 2)
                {
                    c0 = TDot.AddNibbles(TDot.AddNibbles(c0, low0, Quad(q + (2 * x.Step))), high0, Quad(q + (2 * x.Step) + 4));
                    c1 = TDot.AddNibbles(TDot.AddNibbles(c1, low1, Quad(q + (2 * x.Step))), high1, Quad(q + (2 * x.Step) + 4));
                    d0 = TDot.AddNibbles(TDot.AddNibbles(d0, low0, Quad(q + (3 * x.Step))), high0, Quad(q + (3 * x.Step) + 4));
                    d1 = TDot.AddNibbles(TDot.AddNibbles(d1, low1, Quad(q + (3 * x.Step))), high1, Quad(q + (3 * x.Step) + 4));
                }
            }

            var (s0, s1) = Scales(s + (g * 16));
            AddGroup(ref ya0, ref ya1, n == 1 ? a0 + e0 : a0, n == 1 ? a1 + e1 : a1, s0, s1, x.Scales[g]);
            if (n > 1)
            {
                AddGroup(ref yb0, ref yb1, b0, b1, s0, s1, x.Scales[g + x.GroupStep]);
            }

            if (n > 2)
            {
                AddGroup(ref yc0, ref yc1, c0, c1, s0, s1, x.Scales[g + (2 * x.GroupStep)]);
                AddGroup(ref yd0, ref yd1, d0, d1, s0, s1, x.Scales[g + (3 * x.GroupStep)]);
            }
        }

        Store(ya0, ya1, y, rows);
        if (n > 1)
        {
            Store(yb0, yb1, y + yStep, rows);
        }

        if (n > 2)
        {
            Store(yc0, yc1, y + (2 * yStep), rows);
            Store(yd0, yd1, y + (3 * yStep), rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Bytes<TDot>(int n, byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep, int rows)
        where TDot : struct, IDotProduct
    {
        Vector256<float> ya0 = default, ya1 = default, yb0 = default, yb1 = default, yc0 = default, yc1 = default, yd0 = default, yd1 = default;
        var q = x.Quantized;
        for (var g = 0; g < groups; g++)
        {
            var a0 = Vector256.Create(-128 * x.Sums[g]);
            var a1 = a0;
            var b0 = n > 1 ? Vector256.Create(-128 * x.Sums[g + x.GroupStep]) : default;
            var b1 = b0;
            var c0 = n > 2 ? Vector256.Create(-128 * x.Sums[g + (2 * x.GroupStep)]) : default;
            var c1 = c0;
            var d0 = n > 2 ? Vector256.Create(-128 * x.Sums[g + (3 * x.GroupStep)]) : default;
            var d1 = d0;
            for (var k = 0; k < size; k += 4, w += 64, q += 4)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(w + Ahead);
                }

                var w0 = Vector256.LoadAligned(w);
                var w1 = Vector256.LoadAligned(w + 32);
                a0 = TDot.AddBytes(a0, w0, Quad(q));
                a1 = TDot.AddBytes(a1, w1, Quad(q));
                if (n > 1)
                {
                    b0 = TDot.AddBytes(b0, w0, Quad(q + x.Step));
                    b1 = TDot.AddBytes(b1, w1, Quad(q + x.Step));
                }

                if (n > 2)
                {
                    c0 = TDot.AddBytes(c0, w0, Quad(q + (2 * x.Step)));
                    c1 = TDot.AddBytes(c1, w1, Quad(q + (2 * x.Step)));
                    d0 = TDot.AddBytes(d0, w0, Quad(q + (3 * x.Step)));
                    d1 = TDot.AddBytes(d1, w1, Quad(q + (3 * x.Step)));
                }
            }

            var (s0, s1) = Scales(s + (g * 16));
            AddGroup(ref ya0, ref ya1, a0, a1, s0, s1, x.Scales[g]);
            if (n > 1)
            {
                AddGroup(ref yb0, ref yb1, b0, b1, s0, s1, x.Scales[g + x.GroupStep]);
            }

            if (n > 2)
            {
                AddGroup(ref yc0, ref yc1, c0, c1, s0, s1, x.Scales[g + (2 * x.GroupStep)]);
                AddGroup(ref yd0, ref yd1, d0, d1, s0, s1, x.Scales[g + (3 * x.GroupStep)]);
            }
        }

        Store(ya0, ya1, y, rows);
        if (n > 1)
        {
            Store(yb0, yb1, y + yStep, rows);
        }

        if (n > 2)
        {
            Store(yc0, yc1, y + (2 * yStep), rows);
            Store(yd0, yd1, y + (3 * yStep), rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Quad(sbyte* q) => Vector256.Create(*(int*)q).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second) Scales(ushort* s)
    {
        var (low, high) = Vector256.Widen(Vector256.Load(s));
        return ((low << 16).AsSingle(), (high << 16).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddGroup(
        ref Vector256<float> y0, ref Vector256<float> y1, Vector256<int> sum0, Vector256<int> sum1, Vector256<float> s0, Vector256<float> s1, float scale)
    {
        y0 = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(sum0), s0 * scale, y0);
        y1 = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(sum1), s1 * scale, y1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> y0, Vector256<float> y1, float* y, int rows)
    {
        if (rows == 16)
        {
            y0.Store(y);
            y1.Store(y + 8);
            return;
        }

        var all = stackalloc float[16];
        y0.Store(all);
        y1.Store(all + 8);
        new Span<float>(all, rows).CopyTo(new Span<float>(y, rows));
    }

    private readonly struct Input(sbyte* quantized, float* scales, int* sums, int step, int groupStep)
    {
        public readonly sbyte* Quantized = quantized;
        public readonly float* Scales = scales;
        public readonly int* Sums = sums;
        public readonly int Step = step;
        public readonly int GroupStep = groupStep;

        public Input At(int i) => new(Quantized + ((long)i * Step), Scales + ((long)i * GroupStep), Sums + ((long)i * GroupStep), Step, GroupStep);
    }
}
