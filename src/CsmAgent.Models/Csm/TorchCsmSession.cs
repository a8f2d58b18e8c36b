using System.Runtime.InteropServices;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Sampling;
using static TorchSharp.torch;

namespace CsmAgent.Models.Csm;

/// <summary>
/// The legible session: the model's pure functions over a preallocated cache, on any device Torch has. All others are
/// measured against it.
/// </summary>
public sealed class TorchCsmSession : ICsmSession
{
    // Rows are embedded in pieces: at full size a row's columns take 33 × 8 KiB before they are summed.
    private const int RowsPerPass = 256;

    private readonly CsmWeights _weights;
    private readonly KeyValueCache _cache;
    private readonly KeyValueCache _depthCache;
    private readonly Tensor _lastHidden; // [1, 1, width]
    private bool _canGenerate;

    /// <summary>Opens an empty session.</summary>
    /// <param name="weights">The model; must outlive the session.</param>
    /// <param name="positionLimit">The most rows; null takes what the model was built for.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not 1 to what the model was built for.</exception>
    public TorchCsmSession(CsmWeights weights, int? positionLimit = null)
    {
        var most = weights.Config.Backbone.MaxPositions;
        PositionLimit = positionLimit ?? most;
        if (PositionLimit < 1 || PositionLimit > most)
        {
            throw new ArgumentOutOfRangeException(nameof(positionLimit), positionLimit, $"The model has 1 to {most} positions.");
        }

        using var mode = inference_mode();
        _weights = weights;
        _cache = new KeyValueCache(weights.Config.Backbone, PositionLimit, weights.DType, weights.Device);
        _depthCache = new KeyValueCache(weights.Config.Depth, weights.Config.CodebookCount, weights.DType, weights.Device);
        _lastHidden = zeros([1, 1, weights.Config.Backbone.Width], weights.DType, weights.Device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public CsmConfig Config => _weights.Config;

    /// <inheritdoc/>
    public int Position => _cache.Length;

    /// <inheritdoc/>
    public int PositionLimit { get; }

    /// <summary>The backbone's hidden vector after the last row, after its final norm.</summary>
    public float[] LastHidden()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        return _lastHidden.to(float32).cpu().data<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<int> rows)
    {
        var count = CsmRows.Require(Config, rows);
        if (Position + count > PositionLimit)
        {
            throw new ContextFullException(Position, count, PositionLimit);
        }

        using var mode = inference_mode();
        for (var first = 0; first < count; first += RowsPerPass)
        {
            using var scope = NewDisposeScope();
            var pass = Math.Min(RowsPerPass, count - first);
            var cells = new long[pass * Config.ColumnCount];
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = rows[(first * Config.ColumnCount) + i];
            }

            var ids = tensor(cells, 1, pass, Config.ColumnCount, device: _weights.Device);
            _lastHidden.copy_(CsmModel.Hidden(_weights, ids, _cache).narrow(1, pass - 1, 1));
        }

        _canGenerate = true;
    }

    /// <inheritdoc/>
    public bool GenerateFrame(ICodeSampler sampler, Span<int> codes)
    {
        if (codes.Length != Config.CodebookCount)
        {
            throw new ArgumentException($"Room for {Config.CodebookCount} codes is needed; {codes.Length} was given.", nameof(codes));
        }

        if (!_canGenerate)
        {
            throw new InvalidOperationException("Append a row first: there is no last row to go on from.");
        }

        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        _depthCache.Truncate(0);
        var logits = CsmModel.CodebookZeroLogits(_weights, _lastHidden).view(-1);
        codes[0] = Choose(sampler, logits);
        for (var codebook = 1; codebook < codes.Length; codebook++)
        {
            logits = CsmModel.DepthStep(_weights, codebook == 1 ? _lastHidden : null, codebook - 1, codes[codebook - 1], _depthCache);
            codes[codebook] = Choose(sampler, logits);
        }

        return codes.ContainsAnyExcept(0);
    }

    /// <inheritdoc/>
    public void RollBackTo(int position)
    {
        if (position < 0 || position > Position)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, $"The session holds {Position} rows.");
        }

        _canGenerate &= position == Position;
        _cache.Truncate(position);
    }

    /// <inheritdoc/>
    public ICsmSession Fork()
    {
        using var mode = inference_mode();
        var fork = new TorchCsmSession(_weights, PositionLimit) { _canGenerate = _canGenerate };
        fork._cache.CopyFrom(_cache);
        fork._lastHidden.copy_(_lastHidden);
        return fork;
    }

    /// <summary>Frees the caches; the weights stay.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        _depthCache.Dispose();
        _lastHidden.Dispose();
    }

    private static int Choose(ICodeSampler sampler, Tensor logits)
    {
        var onCpu = logits.to(float32).cpu().contiguous();
        return sampler.Sample(MemoryMarshal.Cast<byte, float>(onCpu.bytes));
    }
}
