using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>One conversation on a packed CSM. Appending and generating allocate no objects, only the native memory of a page of
/// keys and values every 32 rows; forks share pages until one side writes.</summary>
public sealed class PackedCsmSession : ICsmSession
{
    private readonly PackedCsmModel _model;
    private readonly KeyValuePages _cache;
    private readonly float[] _hidden;
    private readonly float[] _alignmentQuery; // empty in a model without an alignment head
    private float[] _scores = [];
    private bool _canGenerate;
    private bool _canRead;

    internal PackedCsmSession(PackedCsmModel model, KeyValuePages cache, float[] hidden, float[] alignmentQuery) =>
        (_model, _cache, _hidden, _alignmentQuery) = (model, cache, hidden, alignmentQuery);

    /// <inheritdoc/>
    public CsmConfig Config => _model.Weights.Config;

    /// <inheritdoc/>
    public int Position => _cache.Count;

    /// <inheritdoc/>
    public int PositionLimit => _cache.Capacity;

    /// <summary>The backbone's hidden vector after the last row, after its final norm.</summary>
    public ReadOnlySpan<float> LastHidden => _hidden;

    /// <summary>Bytes of keys and values held, pages shared with forks included.</summary>
    public long CacheBytes => _cache.Bytes;

    /// <inheritdoc/>
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
            _model.Append(_cache, rows, _hidden, _alignmentQuery);
        }
        catch
        {
            // Earlier chunks of the same call are undone too; the hidden vector changes only at the very end.
            _cache.Truncate(before);
            throw;
        }

        _canGenerate = true;
        _canRead = true;
    }

    /// <inheritdoc/>
    public double? Reading(int first, int last)
    {
        CsmRows.RequireRange(first, last, Position);
        if (!_canRead || Config.AlignmentHead is not { } head)
        {
            return null;
        }

        if (_scores.Length == 0)
        {
            _scores = new float[Attention.ScoreCount(1, _cache.Capacity)];
        }

        Span<float> unused = stackalloc float[Config.Backbone.HeadWidth];
        Attention.Attend(_cache, head.Layer, Config.Backbone.KeyValueHeadOf(head.Head), first, last, _alignmentQuery, _scores, unused);
        var firstScored = first / KeyValuePages.PagePositions * KeyValuePages.PagePositions;
        var mean = 0.0;
        for (var row = first; row <= last; row++)
        {
            mean += row * (double)_scores[row - firstScored];
        }

        return mean;
    }

    /// <inheritdoc/>
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
            canGenerate &= ((PackedCsmSession)guide.Without)._canGenerate;
        }

        if (!canGenerate)
        {
            throw new InvalidOperationException("Append a row first: there is no last row to go on from.");
        }

        _model.Generate(_hidden, guidance, sampler, codes);
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
        _canRead &= position == Position;
        _cache.Truncate(position);
    }

    /// <inheritdoc/>
    public ICsmSession Fork() => new PackedCsmSession(_model, _cache.Fork(), [.. _hidden], [.. _alignmentQuery]) { _canGenerate = _canGenerate, _canRead = _canRead };

    /// <summary>Writes the state: position, last hidden vector, keys and values.</summary>
    internal void Write(Stream stream)
    {
        Span<byte> position = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(position, Position);
        stream.Write(position);
        stream.Write(MemoryMarshal.AsBytes(_hidden.AsSpan()));
        _cache.Write(stream);
    }

    /// <summary>Reads a state that <see cref="Write"/> wrote with the same model.</summary>
    internal void Read(Stream stream)
    {
        Span<byte> position = stackalloc byte[4];
        stream.ReadExactly(position);
        stream.ReadExactly(MemoryMarshal.AsBytes(_hidden.AsSpan()));
        _cache.Read(stream, BinaryPrimitives.ReadInt32LittleEndian(position));
        _canGenerate = Position > 0;
        _canRead = false; // a stored state has no query
    }

    /// <summary>Frees the keys and values; the model stays.</summary>
    public void Dispose() => _cache.Dispose();
}
