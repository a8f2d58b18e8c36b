using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Training.Codec;

/// <summary>Codebooks as running averages of the vectors that chose them; entries that nobody chooses are revived.</summary>
public sealed class CodebookAverages : IDisposable
{
    private const double Decay = 0.99;
    private const double LeastUse = 0.02;

    /// <summary>Takes over a codec's sums.</summary>
    /// <param name="config">The codec's shape.</param>
    /// <param name="tensors">Holds <c>embed_sum</c> and <c>cluster_usage</c> of every codebook under canonical names; copied.</param>
    public CodebookAverages(MimiConfig config, IReadOnlyDictionary<string, Tensor> tensors)
    {
        Sums = [.. Names(config, "embed_sum").Select(name => tensors[name].clone().DetachFromDisposeScope())];
        Uses = [.. Names(config, "cluster_usage").Select(name => tensors[name].clone().DetachFromDisposeScope())];
    }

    /// <summary>(entries, d) of each codebook; owned by this object.</summary>
    public IReadOnlyList<Tensor> Sums { get; }

    /// <summary>(entries) of each codebook: how often per step an entry is chosen; owned by this object.</summary>
    public IReadOnlyList<Tensor> Uses { get; }

    /// <summary>The vectors of all codebooks; the caller owns them.</summary>
    public IReadOnlyList<Tensor> Vectors() => [.. Sums.Zip(Uses, MimiWeights.CodebookVectors)];

    /// <summary>Moves one codebook towards the vectors of a step.</summary>
    /// <param name="codebook">Which.</param>
    /// <param name="vectors">(N, d): what was quantised; borrowed.</param>
    /// <param name="chosen">(N): the entries chosen; borrowed.</param>
    /// <param name="random">Picks vectors for dead entries.</param>
    /// <returns>How many entries were revived.</returns>
    public int Update(int codebook, Tensor vectors, Tensor chosen, Random random)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var (sum, use) = (Sums[codebook], Uses[codebook]);
        var count = vectors.size(0);
        use.mul_(Constant.Of(Decay)).index_add_(0, chosen, full(count, Constant.Of(1 - Decay)), Constant.Of(1));
        sum.mul_(Constant.Of(Decay)).index_add_(0, chosen, vectors, Constant.Of(1 - Decay));
        var dead = use.lt(Constant.Of(LeastUse)).nonzero().flatten();
        var deadCount = (int)dead.size(0);
        if (deadCount > 0)
        {
            var picks = Enumerable.Range(0, deadCount).Select(_ => random.NextInt64(count)).ToArray();
            sum.index_copy_(0, dead, vectors.index_select(0, tensor(picks)));
            use.index_fill_(0, dead, Constant.Of(1));
        }

        return deadCount;
    }

    /// <summary>All buffers under canonical names; borrowed from this object.</summary>
    /// <param name="config">The codec's shape.</param>
    public IEnumerable<(string Name, Tensor Value)> Named(MimiConfig config) =>
        Names(config, "embed_sum").Zip(Sums).Concat(Names(config, "cluster_usage").Zip(Uses));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Sums.Concat(Uses))
        {
            tensor.Dispose();
        }
    }

    private static IEnumerable<string> Names(MimiConfig config, string part) =>
        Enumerable.Range(0, config.Codebooks).Select(k => MimiTensorNames.CodebookPrefix(k) + part);
}
