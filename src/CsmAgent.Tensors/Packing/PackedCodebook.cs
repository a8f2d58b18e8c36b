using System.Runtime.Intrinsics;
using CsmAgent.Tensors.Kernels;

namespace CsmAgent.Tensors.Packing;

/// <summary>A vector quantiser's entries, searched exactly at a quarter of the memory traffic.</summary>
/// <remarks>
/// All distances are first taken in 8 bits with a bound on each one's error; only entries whose lower bound is below the
/// best upper bound, a handful of thousands, are then compared in floats. The answer is the one of a full search in floats.
/// </remarks>
public sealed unsafe class PackedCodebook
{
    private readonly PackedMatrix _coarse;
    private readonly float[] _vectors;
    private readonly float[] _halfNorms;
    private readonly float[] _norms;
    private readonly float[] _errors;

    /// <summary>Packs entries.</summary>
    /// <param name="vectors">[entries, dimension], row after row; taken over.</param>
    /// <param name="dimension">Values in an entry.</param>
    public PackedCodebook(float[] vectors, int dimension)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(vectors.Length % dimension, 0, nameof(vectors));
        (Entries, Dimension, _vectors) = (vectors.Length / dimension, dimension, vectors);
        GroupSize = dimension % 64 == 0 ? 64 : 16;
        _coarse = PackedMatrix.Pack(vectors, Entries, dimension, WeightFormat.Int8, GroupSize);
        (_halfNorms, _norms, _errors) = (new float[Entries], new float[Entries], new float[Entries]);
        var packed = new float[dimension];
        for (var entry = 0; entry < Entries; entry++)
        {
            var exact = this[entry];
            _coarse.GetRow(entry, packed);
            _halfNorms[entry] = Elementwise.Dot(exact, exact) / 2;
            _norms[entry] = MathF.Sqrt(Elementwise.Dot(packed, packed));
            for (var i = 0; i < dimension; i++)
            {
                packed[i] -= exact[i];
            }

            _errors[entry] = MathF.Sqrt(Elementwise.Dot(packed, packed));
        }
    }

    /// <summary>Number of entries.</summary>
    public int Entries { get; }

    /// <summary>Values in an entry.</summary>
    public int Dimension { get; }

    /// <summary>The group size that rows to be searched for must have.</summary>
    public int GroupSize { get; }

    /// <summary>An entry.</summary>
    /// <param name="entry">0 to <see cref="Entries"/> − 1.</param>
    public ReadOnlySpan<float> this[int entry] => _vectors.AsSpan(entry * Dimension, Dimension);

    /// <summary>The nearest entry by Euclidean distance, the first of equals.</summary>
    /// <param name="x">Its first row is searched for; its 8-bit form is written here.</param>
    /// <param name="scratch">Room for one product per entry.</param>
    /// <exception cref="ArithmeticException">The row holds NaN.</exception>
    public int Nearest(ActivationRows x, ActivationRows scratch)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(scratch);
        x.Quantize(0);
        _coarse.Multiply(x, scratch, 1, 0, _coarse.Blocks);
        var values = x[0];

        // |x·c − x̃·c̃| ≤ |x|·|c − c̃| + |x − x̃|·|c̃|, and a little for the floats' own rounding.
        var size = MathF.Sqrt(Elementwise.Dot(values, values)) * 1.0001f;
        var off = Loss(x) + (size * 2e-5f);
        var products = scratch[0];
        var least = Least(products, size, off);
        var best = -1;
        var distance = float.PositiveInfinity;
        for (var entry = 0; entry < Entries; entry++)
        {
            if (_halfNorms[entry] - products[entry] - (size * _errors[entry]) - (off * _norms[entry]) <= least)
            {
                var exact = _halfNorms[entry] - Elementwise.Dot(values, this[entry]);
                if (exact < distance)
                {
                    (best, distance) = (entry, exact);
                }
            }
        }

        return best >= 0 ? best : throw new ArithmeticException("A vector to quantise holds NaN.");
    }

    // The smallest upper bound.
    private float Least(ReadOnlySpan<float> products, float size, float off)
    {
        var least = Vector512.Create(float.PositiveInfinity);
        var entry = 0;
        for (; entry + 16 <= Entries; entry += 16)
        {
            var bound = Vector512.Create(_halfNorms.AsSpan(entry, 16)) - Vector512.Create(products.Slice(entry, 16))
                + (Vector512.Create(_errors.AsSpan(entry, 16)) * size) + (Vector512.Create(_norms.AsSpan(entry, 16)) * off);
            least = Vector512.Min(least, bound);
        }

        var smallest = float.PositiveInfinity;
        for (var lane = 0; lane < 16; lane++)
        {
            smallest = Math.Min(smallest, least[lane]);
        }

        for (; entry < Entries; entry++)
        {
            smallest = Math.Min(smallest, _halfNorms[entry] - products[entry] + (size * _errors[entry]) + (off * _norms[entry]));
        }

        return smallest;
    }

    // |x − x̃|
    private static float Loss(ActivationRows x)
    {
        var sum = 0f;
        for (var group = 0; group < x.Stride / x.GroupSize; group++)
        {
            var scale = x.Scales[group];
            for (var i = group * x.GroupSize; i < (group + 1) * x.GroupSize; i++)
            {
                var d = x.Values[i] - (scale * x.Quantized[i]);
                sum += d * d;
            }
        }

        return MathF.Sqrt(sum);
    }
}
