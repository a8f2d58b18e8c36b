using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CsmAgent.Tensors.Kernels;

/// <summary>Causal attention of one query over the pages of one key-value head.</summary>
public static unsafe class Attention
{
    /// <summary>Attends from one position: softmax(q·K / √d) · V over the positions <paramref name="from"/> to <paramref name="to"/>.</summary>
    /// <param name="pages">Keys and values.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="head">The key-value head.</param>
    /// <param name="from">First position seen.</param>
    /// <param name="to">Last position seen, itself included.</param>
    /// <param name="query">Rotated query heads of this group, one after another; each <see cref="KeyValuePages.HeadDimension"/> values.</param>
    /// <param name="scores">Scratch of this thread: at least <see cref="ScoreCount"/> values. Holds the weights afterwards, head after head in whole
    /// pages, from the page of <paramref name="from"/> on.</param>
    /// <param name="output">Receives as many values as <paramref name="query"/> has; may be the same memory.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public static void Attend(
        KeyValuePages pages, int layer, int head, int from, int to, ReadOnlySpan<float> query, Span<float> scores, Span<float> output)
    {
        ArgumentNullException.ThrowIfNull(pages);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)to, (uint)pages.Count, nameof(to));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)from, (uint)to, nameof(from));
        var d = pages.HeadDimension;
        var heads = query.Length / d;
        if (query.Length % d != 0 || output.Length != query.Length || scores.Length < ScoreCount(heads, to - from + 1))
        {
            throw new ArgumentException(
                $"Queries of {query.Length} values, outputs of {output.Length} and scratch of {scores.Length} do not fit heads of {d} values.");
        }

        var firstPage = from / KeyValuePages.PagePositions;
        var lastPage = to / KeyValuePages.PagePositions;
        var width = (lastPage - firstPage + 1) * KeyValuePages.PagePositions;
        fixed (float* q = query, s = scores, o = output)
        {
            for (var page = firstPage; page <= lastPage; page++)
            {
                var keys = pages.Keys(layer, head, page);
                for (var h = 0; h < heads; h++)
                {
                    Score(keys, q + (h * d), d, 1 / MathF.Sqrt(d), s + (h * width) + ((page - firstPage) * KeyValuePages.PagePositions));
                }
            }

            for (var h = 0; h < heads; h++)
            {
                var row = new Span<float>(s + (h * width), width);
                row[..(from - (firstPage * KeyValuePages.PagePositions))].Fill(float.NegativeInfinity);
                row[(to - (firstPage * KeyValuePages.PagePositions) + 1)..].Fill(float.NegativeInfinity);
                Softmax(s + (h * width), width);
            }

            new Span<float>(o, heads * d).Clear();
            for (var page = firstPage; page <= lastPage; page++)
            {
                var values = pages.Values(layer, head, page);
                var count = Math.Min(KeyValuePages.PagePositions, to + 1 - (page * KeyValuePages.PagePositions));
                for (var h = 0; h < heads; h++)
                {
                    Mix(values, pages.PaddedDimension, s + (h * width) + ((page - firstPage) * KeyValuePages.PagePositions), count, o + (h * d), d);
                }
            }
        }

        GC.KeepAlive(pages);
    }

    /// <summary>Scratch values that a call needs.</summary>
    /// <param name="queryHeads">Query heads per key-value head.</param>
    /// <param name="positions">The most positions seen at once.</param>
    public static int ScoreCount(int queryHeads, int positions) =>
        queryHeads * (((positions + KeyValuePages.PagePositions - 1) / KeyValuePages.PagePositions) + 1) * KeyValuePages.PagePositions;

    // 32 positions of a page against one query: four sums of eight, even and odd dimensions apart.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(float* keys, float* q, int d, float scale, float* scores)
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        var i = 0;
        for (; i + 2 <= d; i += 2, keys += 64)
        {
            var even = Vector256.Create(q[i] * scale);
            var odd = Vector256.Create(q[i + 1] * scale);
            a0 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys), a0);
            a1 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys + 8), a1);
            a2 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys + 16), a2);
            a3 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys + 24), a3);
            b0 = Vector256.FusedMultiplyAdd(odd, Vector256.LoadAligned(keys + 32), b0);
            b1 = Vector256.FusedMultiplyAdd(odd, Vector256.LoadAligned(keys + 40), b1);
            b2 = Vector256.FusedMultiplyAdd(odd, Vector256.LoadAligned(keys + 48), b2);
            b3 = Vector256.FusedMultiplyAdd(odd, Vector256.LoadAligned(keys + 56), b3);
        }

        if (i < d)
        {
            var even = Vector256.Create(q[i] * scale);
            a0 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys), a0);
            a1 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys + 8), a1);
            a2 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys + 16), a2);
            a3 = Vector256.FusedMultiplyAdd(even, Vector256.LoadAligned(keys + 24), a3);
        }

        (a0 + b0).Store(scores);
        (a1 + b1).Store(scores + 8);
        (a2 + b2).Store(scores + 16);
        (a3 + b3).Store(scores + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(float* s, int width)
    {
        var peak = Vector256.Create(float.NegativeInfinity);
        for (var i = 0; i < width; i += 8)
        {
            peak = Vector256.Max(peak, Vector256.Load(s + i));
        }

        var half = Vector128.Max(peak.GetLower(), peak.GetUpper());
        var largest = Vector256.Create(Math.Max(Math.Max(half[0], half[1]), Math.Max(half[2], half[3])));
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < width; i += 8)
        {
            var e = Exponential.Of(Vector256.Load(s + i) - largest);
            sum += e;
            e.Store(s + i);
        }

        var inverse = Vector256.Create(1 / Vector256.Sum(sum));
        for (var i = 0; i < width; i += 8)
        {
            (Vector256.Load(s + i) * inverse).Store(s + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(float* values, int stride, float* p, int count, float* o, int d)
    {
        var i = 0;
        for (; i + 64 <= d; i += 64)
        {
            var a = Vector256.Load(o + i);
            var b = Vector256.Load(o + i + 8);
            var c = Vector256.Load(o + i + 16);
            var e = Vector256.Load(o + i + 24);
            var f = Vector256.Load(o + i + 32);
            var g = Vector256.Load(o + i + 40);
            var h = Vector256.Load(o + i + 48);
            var j = Vector256.Load(o + i + 56);
            var v = values + i;
            for (var t = 0; t < count; t++, v += stride)
            {
                var w = Vector256.Create(p[t]);
                a = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v), a);
                b = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v + 8), b);
                c = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v + 16), c);
                e = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v + 24), e);
                f = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v + 32), f);
                g = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v + 40), g);
                h = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v + 48), h);
                j = Vector256.FusedMultiplyAdd(w, Vector256.LoadAligned(v + 56), j);
            }

            a.Store(o + i);
            b.Store(o + i + 8);
            c.Store(o + i + 16);
            e.Store(o + i + 24);
            f.Store(o + i + 32);
            g.Store(o + i + 40);
            h.Store(o + i + 48);
            j.Store(o + i + 56);
        }

        for (; i < d; i++)
        {
            var sum = o[i];
            for (var t = 0; t < count; t++)
            {
                sum += p[t] * values[(t * stride) + i];
            }

            o[i] = sum;
        }
    }
}
