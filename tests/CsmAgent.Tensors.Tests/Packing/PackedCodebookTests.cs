using CsmAgent.Tensors.Packing;

namespace CsmAgent.Tensors.Tests.Packing;

public sealed class PackedCodebookTests
{
    [Theory]
    [InlineData(64, 16)]
    [InlineData(67, 20)]
    [InlineData(2048, 256)]
    public void The_search_finds_what_a_full_search_finds(int entries, int dimension)
    {
        var random = new Random(entries);
        var vectors = new float[entries * dimension];
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = (float)(random.NextDouble() - 0.5);
        }

        // Two equal entries, one with a spike that coarsens its group, one of zeros.
        vectors.AsSpan(3 * dimension, dimension).CopyTo(vectors.AsSpan(9 * dimension));
        vectors[(5 * dimension) + 2] = 40;
        vectors.AsSpan(7 * dimension, dimension).Clear();
        var codebook = new PackedCodebook((float[])vectors.Clone(), dimension);
        using var x = new ActivationRows(1, dimension, codebook.GroupSize);
        using var scratch = new ActivationRows(1, entries);

        for (var round = 0; round < 60; round++)
        {
            // Near an entry, or anywhere.
            var near = round % 2 == 0 ? round * 7 % entries : -1;
            for (var i = 0; i < dimension; i++)
            {
                x[0][i] = (near < 0 ? 0 : vectors[(near * dimension) + i]) + ((float)(random.NextDouble() - 0.5) * (near < 0 ? 1 : 0.1f));
            }

            Assert.Equal(Plain(vectors, dimension, x[0]), codebook.Nearest(x, scratch));
        }

        vectors.AsSpan(9 * dimension, dimension).CopyTo(x[0]);
        Assert.Equal(3, codebook.Nearest(x, scratch));
        x[0][1] = float.NaN;
        Assert.Throws<ArithmeticException>(() => codebook.Nearest(x, scratch));
    }

    private static int Plain(float[] vectors, int dimension, ReadOnlySpan<float> x)
    {
        var best = 0;
        var least = double.PositiveInfinity;
        for (var entry = 0; entry < vectors.Length / dimension; entry++)
        {
            double distance = 0;
            for (var i = 0; i < dimension; i++)
            {
                distance += Math.Pow((double)x[i] - vectors[(entry * dimension) + i], 2);
            }

            if (distance < least)
            {
                (best, least) = (entry, distance);
            }
        }

        return best;
    }
}
