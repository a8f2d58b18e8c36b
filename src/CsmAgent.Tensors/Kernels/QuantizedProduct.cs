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
        var aside = stackalloc float[4 * 16];
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
                var there = target + ((long)i * yStep);
                var (result, resultStep) = rows == 16 ? ((nint)there, yStep) : ((nint)aside, 16);
                switch (take, int4)
                {
                    case (1, true): Nibbles<TDot, One>(block, scales, groups, group, at, (float*)result, resultStep); break;
                    case (2, true): Nibbles<TDot, Two>(block, scales, groups, group, at, (float*)result, resultStep); break;
                    case (4, true): Nibbles<TDot, Four>(block, scales, groups, group, at, (float*)result, resultStep); break;
                    case (1, false): Bytes<TDot, One>(block, scales, groups, group, at, (float*)result, resultStep); break;
                    case (2, false): Bytes<TDot, Two>(block, scales, groups, group, at, (float*)result, resultStep); break;
                    default: Bytes<TDot, Four>(block, scales, groups, group, at, (float*)result, resultStep); break;
                }

                if (rows < 16)
                {
                    LastBlock.Copy(aside, rows, take, there, yStep);
                }

                i += take;
            }
        }
    }

    // The number of inputs is a type, so that the compiler makes one method for each without the branches on it; letters
    // number the inputs, digits the halves of 16 rows. Six inputs at once were slower than four: too few registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nibbles<TDot, TCount>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep)
        where TDot : struct, IDotProduct
        where TCount : struct, ICount
    {
        var n = TCount.Value;
        var mask = Vector256.Create((byte)15);
        Vector256<float> ya0 = default, ya1 = default, yb0 = default, yb1 = default, yc0 = default, yc1 = default, yd0 = default, yd1 = default;
        var q = x.Quantized;
        for (var g = 0; g < groups; g++)
        {
            var ta0 = Vector256.Create(-8 * x.Sums[g]);
            var ta1 = ta0;
            var tb0 = n > 1 ? Vector256.Create(-8 * x.Sums[g + x.GroupStep]) : default;
            var tb1 = tb0;
            var tc0 = n > 2 ? Vector256.Create(-8 * x.Sums[g + (2 * x.GroupStep)]) : default;
            var tc1 = tc0;
            var td0 = n > 2 ? Vector256.Create(-8 * x.Sums[g + (3 * x.GroupStep)]) : default;
            var td1 = td0;
            for (var k = 0; k < size;)
            {
                var end = Math.Min(size, k + Math.Min(size, TDot.NibbleColumns));
                Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
                Vector256<int> e0 = default, e1 = default, f0 = default, f1 = default;
                if (n == 1)
                {
                    // A lone input waits for its own sums: eight of them keep both units busy.
                    for (; k < end; k += 16, w += 128, q += 16)
                    {
                        if (Sse.IsSupported)
                        {
                            Sse.Prefetch0(w + Ahead);
                            Sse.Prefetch0(w + Ahead + 64);
                        }

                        var w0 = Vector256.LoadAligned(w);
                        var w1 = Vector256.LoadAligned(w + 32);
                        var w2 = Vector256.LoadAligned(w + 64);
                        var w3 = Vector256.LoadAligned(w + 96);
                        var first = Quad(q);
                        var second = Quad(q + 4);
                        a0 = TDot.AddNibbles(a0, w0 & mask, first);
                        a1 = TDot.AddNibbles(a1, w1 & mask, first);
                        e0 = TDot.AddNibbles(e0, (w0.AsUInt16() >> 4).AsByte() & mask, second);
                        e1 = TDot.AddNibbles(e1, (w1.AsUInt16() >> 4).AsByte() & mask, second);
                        first = Quad(q + 8);
                        second = Quad(q + 12);
                        b0 = TDot.AddNibbles(b0, w2 & mask, first);
                        b1 = TDot.AddNibbles(b1, w3 & mask, first);
                        f0 = TDot.AddNibbles(f0, (w2.AsUInt16() >> 4).AsByte() & mask, second);
                        f1 = TDot.AddNibbles(f1, (w3.AsUInt16() >> 4).AsByte() & mask, second);
                    }

                    a0 = TDot.Join(a0, b0);
                    a1 = TDot.Join(a1, b1);
                    e0 = TDot.Join(e0, f0);
                    e1 = TDot.Join(e1, f1);
                }

                for (; k < end; k += 8, w += 64, q += 8)
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
                    var low = Quad(q);
                    var high = Quad(q + 4);
                    a0 = TDot.AddNibbles(a0, low0, low);
                    a1 = TDot.AddNibbles(a1, low1, low);
                    if (n == 2)
                    {
                        // A second set of sums halves the chain of dependent instructions; with more inputs there are chains enough.
                        e0 = TDot.AddNibbles(e0, high0, high);
                        e1 = TDot.AddNibbles(e1, high1, high);
                    }
                    else
                    {
                        a0 = TDot.AddNibbles(a0, high0, high);
                        a1 = TDot.AddNibbles(a1, high1, high);
                    }

                    if (n == 2)
                    {
                        low = Quad(q + x.Step);
                        high = Quad(q + x.Step + 4);
                        b0 = TDot.AddNibbles(b0, low0, low);
                        b1 = TDot.AddNibbles(b1, low1, low);
                        f0 = TDot.AddNibbles(f0, high0, high);
                        f1 = TDot.AddNibbles(f1, high1, high);
                    }

                    if (n > 2)
                    {
                        low = Quad(q + x.Step);
                        high = Quad(q + x.Step + 4);
                        b0 = TDot.AddNibbles(TDot.AddNibbles(b0, low0, low), high0, high);
                        b1 = TDot.AddNibbles(TDot.AddNibbles(b1, low1, low), high1, high);
                        low = Quad(q + (2 * x.Step));
                        high = Quad(q + (2 * x.Step) + 4);
                        c0 = TDot.AddNibbles(TDot.AddNibbles(c0, low0, low), high0, high);
                        c1 = TDot.AddNibbles(TDot.AddNibbles(c1, low1, low), high1, high);
                        low = Quad(q + (3 * x.Step));
                        high = Quad(q + (3 * x.Step) + 4);
                        d0 = TDot.AddNibbles(TDot.AddNibbles(d0, low0, low), high0, high);
                        d1 = TDot.AddNibbles(TDot.AddNibbles(d1, low1, low), high1, high);
                    }
                }

                ta0 += TDot.Widen(n <= 2 ? TDot.Join(a0, e0) : a0);
                ta1 += TDot.Widen(n <= 2 ? TDot.Join(a1, e1) : a1);
                if (n > 1)
                {
                    tb0 += TDot.Widen(n == 2 ? TDot.Join(b0, f0) : b0);
                    tb1 += TDot.Widen(n == 2 ? TDot.Join(b1, f1) : b1);
                }

                if (n > 2)
                {
                    tc0 += TDot.Widen(c0);
                    tc1 += TDot.Widen(c1);
                    td0 += TDot.Widen(d0);
                    td1 += TDot.Widen(d1);
                }
            }

            var (s0, s1) = Scales(s + (g * 16));
            AddGroup(ref ya0, ref ya1, ta0, ta1, s0, s1, x.Scales[g]);
            if (n > 1)
            {
                AddGroup(ref yb0, ref yb1, tb0, tb1, s0, s1, x.Scales[g + x.GroupStep]);
            }

            if (n > 2)
            {
                AddGroup(ref yc0, ref yc1, tc0, tc1, s0, s1, x.Scales[g + (2 * x.GroupStep)]);
                AddGroup(ref yd0, ref yd1, td0, td1, s0, s1, x.Scales[g + (3 * x.GroupStep)]);
            }
        }

        Store(ya0, ya1, y);
        if (n > 1)
        {
            Store(yb0, yb1, y + yStep);
        }

        if (n > 2)
        {
            Store(yc0, yc1, y + (2 * yStep));
            Store(yd0, yd1, y + (3 * yStep));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bytes<TDot, TCount>(byte* w, ushort* s, int groups, int size, Input x, float* y, int yStep)
        where TDot : struct, IDotProduct
        where TCount : struct, ICount
    {
        var n = TCount.Value;
        Vector256<float> ya0 = default, ya1 = default, yb0 = default, yb1 = default, yc0 = default, yc1 = default, yd0 = default, yd1 = default;
        var q = x.Quantized;
        for (var g = 0; g < groups; g++)
        {
            var a0 = Vector256.Create(TDot.BytesCorrection * x.Sums[g]);
            var a1 = a0;
            var b0 = n > 1 ? Vector256.Create(TDot.BytesCorrection * x.Sums[g + x.GroupStep]) : default;
            var b1 = b0;
            var c0 = n > 2 ? Vector256.Create(TDot.BytesCorrection * x.Sums[g + (2 * x.GroupStep)]) : default;
            var c1 = c0;
            var d0 = n > 2 ? Vector256.Create(TDot.BytesCorrection * x.Sums[g + (3 * x.GroupStep)]) : default;
            var d1 = d0;
            for (var k = 0; k < size; k += 4, w += 64, q += 4)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(w + Ahead);
                }

                var w0 = Vector256.LoadAligned(w);
                var w1 = Vector256.LoadAligned(w + 32);
                var quad = Quad(q);
                a0 = TDot.AddBytes(a0, w0, quad);
                a1 = TDot.AddBytes(a1, w1, quad);
                if (n > 1)
                {
                    quad = Quad(q + x.Step);
                    b0 = TDot.AddBytes(b0, w0, quad);
                    b1 = TDot.AddBytes(b1, w1, quad);
                }

                if (n > 2)
                {
                    quad = Quad(q + (2 * x.Step));
                    c0 = TDot.AddBytes(c0, w0, quad);
                    c1 = TDot.AddBytes(c1, w1, quad);
                    quad = Quad(q + (3 * x.Step));
                    d0 = TDot.AddBytes(d0, w0, quad);
                    d1 = TDot.AddBytes(d1, w1, quad);
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

        Store(ya0, ya1, y);
        if (n > 1)
        {
            Store(yb0, yb1, y + yStep);
        }

        if (n > 2)
        {
            Store(yc0, yc1, y + (2 * yStep));
            Store(yd0, yd1, y + (3 * yStep));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Quad(sbyte* q) =>
        // The broadcasting load: through a register it would take the one port that shuffles, which then bounds the batch kernels.
        Avx2.IsSupported ? Avx2.BroadcastScalarToVector256((int*)q).AsSByte() : Vector256.Create(*(int*)q).AsSByte();

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
    private static void Store(Vector256<float> y0, Vector256<float> y1, float* y)
    {
        y0.Store(y);
        y1.Store(y + 8);
    }

    private interface ICount
    {
        static abstract int Value { get; }
    }

    private readonly struct One : ICount
    {
        public static int Value => 1;
    }

    private readonly struct Two : ICount
    {
        public static int Value => 2;
    }

    private readonly struct Four : ICount
    {
        public static int Value => 4;
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
