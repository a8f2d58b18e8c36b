using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Sampling;
using static TorchSharp.torch;

namespace CsmAgent.Models.Csm;

/// <summary>One conversation on a <see cref="TorchCsmModel"/>: keys and values are allocated once, at the limit, and written in place.</summary>
public sealed class TorchCsmSession : ICsmSession
{
    // Rows are embedded in pieces: at full size a row's columns take 33 × 8 KiB before they are summed.
    private const int RowsPerPass = 256;

    private readonly TorchCsmModel _model;
    private readonly KeyValueCache _cache;
    private readonly KeyValueCache _depthCache;
    private readonly Tensor _lastHidden; // float32 [1, 1, width]
    private readonly Tensor? _alignmentQuery; // float32 [head width]
    private bool _canGenerate;

    internal TorchCsmSession(TorchCsmModel model, int positionLimit)
    {
        using var mode = inference_mode();
        (_model, PositionLimit) = (model, positionLimit);
        _cache = new KeyValueCache(Config.Backbone, positionLimit, model.DType, model.Device);
        try
        {
            _depthCache = new KeyValueCache(Config.Depth, Config.CodebookCount, model.DType, model.Device);
            _lastHidden = zeros([1, 1, Config.Backbone.Width], float32, model.Device).DetachFromDisposeScope();
            _alignmentQuery = Config.AlignmentHead is null ? null : zeros(Config.Backbone.HeadWidth, float32, model.Device).DetachFromDisposeScope();
        }
        catch
        {
            _cache.Dispose();
            _depthCache?.Dispose();
            _lastHidden?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public CsmConfig Config => _model.Config;

    /// <inheritdoc/>
    public int Position => _cache.Length;

    /// <inheritdoc/>
    public int PositionLimit { get; }

    /// <summary>Called before every pass of rows: a test's chance to fail as a full device does.</summary>
    internal Action? BeforePass { get; set; }

    /// <summary>The backbone's hidden vector after the last row, after its final norm. Waits for the device.</summary>
    public float[] LastHidden()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        return _lastHidden.cpu().data<float>().ToArray();
    }

    /// <inheritdoc/>
    /// <exception cref="DeviceException">The device ran out of memory.</exception>
    public void Append(ReadOnlySpan<int> rows)
    {
        var count = CsmRows.Require(Config, rows);
        if (Position + count > PositionLimit)
        {
            throw new ContextFullException(Position, count, PositionLimit);
        }

        var before = Position;
        try
        {
            var cells = new long[rows.Length];
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = rows[i];
            }

            Accelerator.Guard(_model.Device, () => $"reading {count} rows at position {before} of {PositionLimit}", () => Run(cells, count));
        }
        catch
        {
            // Earlier passes of the same call are undone too; the hidden vector changes only at the very end.
            _cache.Truncate(before);
            throw;
        }

        _canGenerate = true;
    }

    /// <inheritdoc/>
    /// <remarks>Waits for the device.</remarks>
    public double? Reading(int first, int last)
    {
        CsmRows.RequireRange(first, last, Position);
        if (!_canGenerate || _alignmentQuery is null || Config.AlignmentHead is not { } head)
        {
            return null;
        }

        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var scores = matmul(_cache.Keys(head.Layer, Config.Backbone.KeyValueHeadOf(head.Head), first, last - first + 1).to(float32), _alignmentQuery) * Constant.Of(1 / Math.Sqrt(Config.Backbone.HeadWidth));
        var rows = arange(first, last + 1, float32, _model.Device);
        return (nn.functional.softmax(scores, 0) * rows).sum().cpu().item<float>();
    }

    /// <inheritdoc/>
    /// <exception cref="DeviceException">The device ran out of memory.</exception>
    public bool GenerateFrame(ICodeSampler sampler, Span<int> codes, ReadOnlySpan<CsmGuidance> guidance = default)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        if (codes.Length != Config.CodebookCount)
        {
            throw new ArgumentException($"Room for {Config.CodebookCount} codes is needed; {codes.Length} was given.", nameof(codes));
        }

        CsmGuidance.Require(guidance, this, static (one, other) => one._model == other._model);
        var canGenerate = _canGenerate;
        foreach (var guide in guidance)
        {
            canGenerate &= ((TorchCsmSession)guide.Without)._canGenerate;
        }

        if (!canGenerate)
        {
            throw new InvalidOperationException("Append a row first: there is no last row to go on from.");
        }

        var guides = guidance.ToArray();
        Accelerator.Guard(_model.Device, () => $"choosing the frame after position {Position} of {PositionLimit}", () => Generate(sampler, guides)).CopyTo(codes);
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
    /// <exception cref="DeviceException">The device has no memory for a second session.</exception>
    public ICsmSession Fork()
    {
        using var mode = inference_mode();
        var fork = _model.OpenSession(PositionLimit);
        fork._cache.CopyFrom(_cache);
        using (NewDisposeScope())
        {
            fork._lastHidden.copy_(_lastHidden);
            fork._alignmentQuery?.copy_(_alignmentQuery!);
        }

        fork._canGenerate = _canGenerate;
        return fork;
    }

    /// <summary>Frees the caches; the model stays.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        _depthCache.Dispose();
        _lastHidden.Dispose();
        _alignmentQuery?.Dispose();
    }

    private bool Run(long[] cells, int count)
    {
        using var mode = inference_mode();
        for (var first = 0; first < count; first += RowsPerPass)
        {
            BeforePass?.Invoke();
            using var scope = NewDisposeScope();
            var pass = Math.Min(RowsPerPass, count - first);
            var columns = Config.ColumnCount;
            var rows = tensor(cells[(first * columns)..((first + pass) * columns)], 1, pass, columns, device: _model.Device);
            var hidden = _model.Hidden(rows, _cache);
            if (first + pass == count)
            {
                _lastHidden.copy_(hidden.narrow(1, pass - 1, 1));
                _alignmentQuery?.copy_(_model.AlignmentQuery!);
            }
        }

        return true;
    }

    // Sampling stays with the caller's sampler on the processor, so that a seed says the same on every device: 2051 logits
    // cross over per codebook, which waits for the device once, where choosing there would take ten more launches.
    private int[] Generate(ICodeSampler sampler, CsmGuidance[] guides)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var codes = new int[Config.CodebookCount];
        var led = new float[Config.AudioVocabularySize];
        for (var codebook = 0; codebook < codes.Length; codebook++)
        {
            var told = Logits(codebook, codes);
            told.CopyTo(led);
            foreach (var guide in guides)
            {
                ClassifierFreeGuidance.Lead(led, told, ((TorchCsmSession)guide.Without).Logits(codebook, codes), guide.Scale);
            }

            if (guides.Length > 0)
            {
                ClassifierFreeGuidance.KeepPlausible(led, told);
            }

            codes[codebook] = sampler.Sample(led);
        }

        return codes;
    }

    private ReadOnlySpan<float> Logits(int codebook, int[] before)
    {
        if (codebook == 0)
        {
            _depthCache.Truncate(0);
        }

        var logits = codebook == 0
            ? _model.FirstLogits(_lastHidden)
            : _model.NextLogits(codebook == 1 ? _lastHidden : null, codebook - 1, before[codebook - 1], _depthCache);
        return logits.to(float32).cpu().data<float>().ToArray();
    }
}
