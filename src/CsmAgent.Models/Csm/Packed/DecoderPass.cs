using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>Runs rows through a <see cref="PackedDecoder"/> on a thread team; owns the scratch memory.</summary>
/// <remarks>
/// Every member of the team calls <see cref="Run"/> with the same arguments, from inside one region. Members share the
/// rows of each matrix and meet four times a block. Norms and 8-bit activations are cheap beside a meeting, so each member
/// makes its own copy.
/// </remarks>
internal sealed class DecoderPass : IDisposable
{
    private readonly PackedDecoder _decoder;
    private readonly ThreadTeam _team;
    private readonly ActivationRows _projected;
    private readonly ActivationRows _attended;
    private readonly ActivationRows _result;
    private readonly ActivationRows _gateUp;
    private readonly ActivationRows _inner;
    private readonly Own[] _own;
    private readonly int _groupSize;
    private readonly AttentionHead? _watched;

    public DecoderPass(PackedDecoder decoder, ThreadTeam team, int maxRows, int maxPositions, AttentionHead? watched = null)
    {
        (_decoder, _team, MaxRows, _watched) = (decoder, team, maxRows, watched);
        WatchedQuery = watched is null ? [] : new float[decoder.Config.HeadWidth];
        var shape = decoder.Config;
        _groupSize = decoder.Layers[0].QueryKeyValue.GroupSize;
        Stream = new ActivationRows(maxRows, shape.Width);
        _projected = new ActivationRows(maxRows, shape.QueryWidth + (2 * shape.KeyValueWidth));
        _attended = new ActivationRows(maxRows, shape.QueryWidth);
        _result = new ActivationRows(maxRows, shape.Width);
        _gateUp = new ActivationRows(maxRows, 2 * PackedDecoder.InnerWidth(shape));
        _inner = new ActivationRows(maxRows, PackedDecoder.InnerWidth(shape), _groupSize);
        _own = new Own[team.Count];
        for (var i = 0; i < _own.Length; i++)
        {
            _own[i] = new Own(
                new ActivationRows(maxRows, shape.Width, _groupSize),
                new ActivationRows(maxRows, shape.QueryWidth, _groupSize),
                new float[Attention.ScoreCount((shape.HeadCount / shape.KeyValueHeadCount), maxPositions)]);
        }
    }

    /// <summary>Rows that fit at once.</summary>
    public int MaxRows { get; }

    /// <summary>The residual stream: fill its first rows before a pass, read them after.</summary>
    public ActivationRows Stream { get; }

    /// <summary>The rotated query of the watched head in the last row of the last pass; empty if none is watched.</summary>
    public float[] WatchedQuery { get; }

    /// <summary>Runs the first rows of <see cref="Stream"/> through all blocks; the cache already has room for them.
    /// A barrier must lie between filling and this call; one lies at its end.</summary>
    public void Run(int worker, KeyValuePages cache, int firstPosition, int rows)
    {
        for (var layer = 0; layer < _decoder.Layers.Count; layer++)
        {
            var weights = _decoder.Layers[layer];
            Attend(worker, weights, layer, cache, firstPosition, rows);
            FeedForward(worker, weights, rows);
        }
    }

    /// <summary>The final norm of one row, ready for products, in this member's own memory (row 0).</summary>
    public ActivationRows Finish(int worker, int row)
    {
        var normed = _own[worker].Normed;
        Elementwise.RmsNorm(Stream[row], _decoder.FinalNorm, (float)_decoder.Config.NormEpsilon, normed[0]);
        Quantize(normed, 0);
        return normed;
    }

    public void Dispose()
    {
        foreach (var rows in (ActivationRows[])[Stream, _projected, _attended, _result, _gateUp, _inner])
        {
            rows.Dispose();
        }

        foreach (var own in _own)
        {
            own.Normed.Dispose();
            own.Attended.Dispose();
        }
    }

    private void Attend(int worker, PackedDecoderLayer weights, int layer, KeyValuePages cache, int firstPosition, int rows)
    {
        var shape = _decoder.Config;
        var own = _own[worker];
        Normalize(own, weights.AttentionNorm, rows);
        var (from, to) = _team.Share(weights.QueryKeyValue.Blocks, worker);
        weights.QueryKeyValue.Multiply(own.Normed, _projected, rows, from, to);
        _team.Barrier(worker);

        // Whoever owns a key-value head rotates, stores and reads it, so no meeting is needed in between.
        var d = shape.HeadWidth;
        var group = (shape.HeadCount / shape.KeyValueHeadCount) * d;
        (from, to) = _team.Share(shape.KeyValueHeadCount, worker);
        for (var head = from; head < to; head++)
        {
            for (var row = 0; row < rows; row++)
            {
                var position = firstPosition + row;
                var values = _projected[row];
                var cos = _decoder.Rope.Cos.AsSpan(position * d / 2, d / 2);
                var sin = _decoder.Rope.Sin.AsSpan(position * d / 2, d / 2);
                var queries = values.Slice(head * group, group);
                for (var h = 0; h < group; h += d)
                {
                    Elementwise.Rotate(queries.Slice(h, d), cos, sin);
                }

                var key = values.Slice(shape.QueryWidth + (head * d), d);
                Elementwise.Rotate(key, cos, sin);
                if (_watched is { } watched && watched.Layer == layer && shape.KeyValueHeadOf(watched.Head) == head && row == rows - 1)
                {
                    queries.Slice((watched.Head * d) - (head * group), d).CopyTo(WatchedQuery);
                }

                cache.Set(layer, head, position, key, values.Slice(shape.QueryWidth + shape.KeyValueWidth + (head * d), d));
                Attention.Attend(cache, layer, head, 0, position, queries, own.Scores, _attended[row].Slice(head * group, group));
            }
        }

        _team.Barrier(worker);
        for (var row = 0; row < rows; row++)
        {
            _attended[row].CopyTo(own.Attended[row]);
            Quantize(own.Attended, row);
        }

        AddProduct(worker, weights.Output, own.Attended, rows);
    }

    private void FeedForward(int worker, PackedDecoderLayer weights, int rows)
    {
        var own = _own[worker];
        Normalize(own, weights.FeedForwardNorm, rows);

        // A unit is what one scale of the next product covers, so that a member can quantise what it made.
        var unit = Math.Max(_groupSize, 16);
        var width = PackedDecoder.InnerWidth(_decoder.Config);
        var (from, to) = _team.Share((width + unit - 1) / unit, worker);
        var (fromPair, toPair) = (from * unit / 16, Math.Min(to * unit, width) / 16);
        weights.GateUp.Multiply(own.Normed, _gateUp, rows, 2 * fromPair, 2 * toPair);
        for (var row = 0; row < rows; row++)
        {
            var both = _gateUp[row];
            var inner = _inner[row];
            for (var pair = fromPair; pair < toPair; pair++)
            {
                Elementwise.SwiGlu(both.Slice(pair * 32, 16), both.Slice((pair * 32) + 16, 16), inner.Slice(pair * 16, 16));
            }

            if (_groupSize > 0)
            {
                _inner.Quantize(row, from, to - from);
            }
        }

        _team.Barrier(worker);
        AddProduct(worker, weights.Down, _inner, rows);
    }

    private void AddProduct(int worker, PackedMatrix matrix, ActivationRows input, int rows)
    {
        var (from, to) = _team.Share(matrix.Blocks, worker);
        matrix.Multiply(input, _result, rows, from, to);
        var (first, last) = (from * 16, Math.Min(to * 16, matrix.Rows));
        if (last > first)
        {
            for (var row = 0; row < rows; row++)
            {
                Elementwise.Add(Stream[row][first..last], _result[row][first..last]);
            }
        }

        _team.Barrier(worker);
    }

    private void Normalize(Own own, float[] weight, int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            Elementwise.RmsNorm(Stream[row], weight, (float)_decoder.Config.NormEpsilon, own.Normed[row]);
            Quantize(own.Normed, row);
        }
    }

    private void Quantize(ActivationRows rows, int row)
    {
        if (_groupSize > 0)
        {
            rows.Quantize(row);
        }
    }

    /// <summary>What one member of the team has for itself.</summary>
    private sealed record Own(ActivationRows Normed, ActivationRows Attended, float[] Scores);
}
