using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>
/// Runs a packed CSM on a thread team and opens sessions on it. Scratch memory is the model's, so a session is little more
/// than its keys and values; the sessions of one model take turns.
/// </summary>
public sealed class PackedCsmModel : ICsmModel
{
    /// <summary>Rows that prefill runs at once: enough that weights are read rarely, few enough that activations stay in the cache.</summary>
    public const int ChunkRows = 32;

    private readonly Lock _turn = new();
    private readonly ThreadTeam _team;
    private readonly DecoderPass _backbone;
    private readonly DecoderPass _depth;
    private readonly AppendRegion _append;
    private readonly FrameRegion _frame;

    /// <summary>Prepares scratch memory and threads.</summary>
    /// <param name="weights">The model; must outlive this.</param>
    /// <param name="threads">Members of the team with the caller, 1 to 64. More than the cores that are really free makes it slower.</param>
    public PackedCsmModel(PackedCsmWeights weights, int threads)
    {
        Weights = weights;
        var config = weights.Config;
        _team = new ThreadTeam(threads);
        _backbone = new DecoderPass(weights.Backbone, _team, ChunkRows, config.Backbone.MaxPositions, config.AlignmentHead);
        _depth = new DecoderPass(weights.Depth, _team, 2, config.CodebookCount);
        _append = new AppendRegion(weights, _team, _backbone);
        _frame = new FrameRegion(weights, _team, _depth);
    }

    /// <summary>The weights.</summary>
    public PackedCsmWeights Weights { get; }

    /// <inheritdoc/>
    public CsmConfig Config => Weights.Config;

    /// <summary>Members of the thread team.</summary>
    public int Threads => _team.Count;

    /// <inheritdoc cref="ICsmModel.OpenSession"/>
    public PackedCsmSession OpenSession(int? positionLimit = null)
    {
        var most = Weights.Config.Backbone.MaxPositions;
        if (positionLimit is < 1 || positionLimit > most)
        {
            throw new ArgumentOutOfRangeException(nameof(positionLimit), positionLimit, $"The model has 1 to {most} positions.");
        }

        var backbone = Weights.Config.Backbone;
        var cache = new KeyValuePages(backbone.LayerCount, backbone.KeyValueHeadCount, backbone.HeadWidth, positionLimit ?? most);
        return new PackedCsmSession(this, cache, new float[backbone.Width], new float[_backbone.WatchedQuery.Length]);
    }

    ICsmSession ICsmModel.OpenSession(int? positionLimit) => OpenSession(positionLimit);

    /// <summary>Ends the threads and frees the scratch memory; sessions must be closed.</summary>
    public void Dispose()
    {
        _team.Dispose();
        _backbone.Dispose();
        _depth.Dispose();
        _append.Dispose();
        _frame.Dispose();
    }

    internal void Append(KeyValuePages cache, ReadOnlySpan<int> rows, Span<float> hidden, Span<float> alignmentQuery)
    {
        var columns = Weights.Config.ColumnCount;
        lock (_turn)
        {
            while (!rows.IsEmpty)
            {
                var chunk = rows[..Math.Min(rows.Length, ChunkRows * columns)];
                _append.Run(cache, chunk);
                rows = rows[chunk.Length..];
            }

            _append.Hidden.CopyTo(hidden);
            _backbone.WatchedQuery.CopyTo(alignmentQuery);
        }
    }

    internal void Generate(ReadOnlySpan<float> hidden, ReadOnlySpan<CsmGuidance> guidance, ICodeSampler sampler, Span<int> codes)
    {
        lock (_turn)
        {
            _frame.Run(hidden, guidance, sampler, codes);
        }
    }
}
