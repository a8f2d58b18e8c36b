using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Tensors.Tests.Kernels;

public sealed class AttentionTests
{
    [Theory]
    [InlineData(1, 16, 1)]
    [InlineData(31, 12, 2)]
    [InlineData(32, 64, 4)]
    [InlineData(33, 128, 4)]
    [InlineData(100, 20, 3)]
    [InlineData(257, 80, 1)]
    public void Attention_over_pages_equals_its_formula(int positions, int dimension, int queryHeads)
    {
        var random = new Random(positions);
        using var pages = new KeyValuePages(2, 3, dimension, 300);
        pages.Grow(positions);
        var keys = new float[positions][];
        var values = new float[positions][];
        for (var p = 0; p < positions; p++)
        {
            (keys[p], values[p]) = (Vector(random, dimension), Vector(random, dimension));
            pages.Set(1, 2, p, keys[p], values[p]);
            pages.Set(1, 1, p, Vector(random, dimension), Vector(random, dimension));
        }

        var query = Vector(random, dimension * queryHeads);
        var output = new float[query.Length];
        var scores = new float[Attention.ScoreCount(queryHeads, positions)];
        foreach (var (from, to) in new[] { (0, positions - 1), (positions / 3, positions - 1), (0, positions / 2), (positions / 2, positions / 2) })
        {
            Attention.Attend(pages, 1, 2, from, to, query, scores, output);

            for (var h = 0; h < queryHeads; h++)
            {
                var expected = Plain(query.AsSpan(h * dimension, dimension), keys, values, from, to);
                for (var d = 0; d < dimension; d++)
                {
                    Assert.InRange(Math.Abs(expected[d] - output[(h * dimension) + d]), 0, 2e-6);
                }
            }
        }
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        using var pages = new KeyValuePages(1, 1, 16, 40);
        pages.Grow(40);
        for (var p = 0; p < 40; p++)
        {
            pages.Set(0, 0, p, [.. Enumerable.Repeat(p == 7 ? 1e4f : -1e4f, 16)], [.. Enumerable.Repeat((float)p, 16)]);
        }

        var output = new float[16];
        Attention.Attend(pages, 0, 0, 0, 39, [.. Enumerable.Repeat(1f, 16)], new float[Attention.ScoreCount(1, 40)], output);

        Assert.All(output, v => Assert.Equal(7, v));
    }

    [Fact]
    public void A_fork_sees_the_past_and_not_the_others_future()
    {
        using var origin = new KeyValuePages(1, 1, 4, 100);
        origin.Grow(40);
        for (var p = 0; p < 40; p++)
        {
            origin.Set(0, 0, p, [p, p, p, p], [p, p, p, p]);
        }

        using var fork = origin.Fork();
        origin.Grow(1);
        origin.Set(0, 0, 40, [1, 1, 1, 1], [1, 1, 1, 1]);
        fork.Truncate(10);
        fork.Grow(1);
        fork.Set(0, 0, 10, [-1, -1, -1, -1], [-1, -1, -1, -1]);

        Assert.Equal([10, 10, 10, 10], Key(origin, 10));
        Assert.Equal([-1, -1, -1, -1], Key(fork, 10));
        Assert.Equal([9, 9, 9, 9], Key(fork, 9));
        Assert.Throws<InvalidOperationException>(() => fork.Grow(90));
    }

    [Fact]
    public void A_page_that_finds_no_memory_says_how_much_and_leaves_the_cache_as_it_was()
    {
        // 2^61 bytes for a page of 32 positions: no address space has them.
        using var pages = new KeyValuePages(1 << 30, 1 << 18, 32, 64);

        var fault = Assert.Throws<InsufficientMemoryException>(() => pages.Grow(1));

        Assert.Contains($"{1L << 61:N0}", fault.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0L), (pages.Count, pages.Bytes));
    }

    private static float[] Key(KeyValuePages pages, int position)
    {
        float[] key = new float[4], value = new float[4];
        pages.Get(0, 0, position, key, value);
        return key;
    }

    private static double[] Plain(ReadOnlySpan<float> q, float[][] keys, float[][] values, int from, int to)
    {
        var weights = new double[keys.Length];
        for (var p = from; p <= to; p++)
        {
            double score = 0;
            for (var d = 0; d < q.Length; d++)
            {
                score += (double)q[d] * keys[p][d];
            }

            weights[p] = Math.Exp(score / Math.Sqrt(q.Length));
        }

        var sum = weights.Sum();
        var y = new double[q.Length];
        for (var p = from; p <= to; p++)
        {
            for (var d = 0; d < y.Length; d++)
            {
                y[d] += weights[p] / sum * values[p][d];
            }
        }

        return y;
    }

    private static float[] Vector(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
}
