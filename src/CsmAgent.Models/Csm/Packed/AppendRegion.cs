using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>Rows through the backbone, as one region of the team.</summary>
internal sealed class AppendRegion(PackedCsmWeights weights, ThreadTeam team, DecoderPass backbone) : ITeamWork, IDisposable
{
    private readonly int[] _cells = new int[backbone.MaxRows * weights.Config.ColumnCount];
    private readonly ActivationRows _hidden = new(1, weights.Config.Backbone.Width);
    private KeyValuePages? _cache;
    private int _rows;
    private int _first;

    /// <summary>The backbone's vector after the last row of the last run, after the final norm.</summary>
    public ReadOnlySpan<float> Hidden => _hidden[0];

    /// <summary>Adds the rows to the cache.</summary>
    public void Run(KeyValuePages cache, ReadOnlySpan<int> cells)
    {
        cells.CopyTo(_cells);
        (_cache, _rows, _first) = (cache, cells.Length / weights.Config.ColumnCount, cache.Count);
        cache.Grow(_rows);
        try
        {
            team.Run(this);
        }
        catch
        {
            cache.Truncate(_first);
            throw;
        }
        finally
        {
            _cache = null;
        }
    }

    public void Execute(int worker)
    {
        var (from, to) = team.Share(_rows, worker);
        for (var row = from; row < to; row++)
        {
            Embed(_cells.AsSpan(row * weights.Config.ColumnCount, weights.Config.ColumnCount), backbone.Stream[row]);
        }

        team.Barrier(worker);
        backbone.Run(worker, _cache!, _first, _rows);
        if (worker == 0)
        {
            backbone.Finish(0, _rows - 1)[0].CopyTo(_hidden[0]);
        }
    }

    public void Dispose() => _hidden.Dispose();

    private void Embed(ReadOnlySpan<int> cells, Span<float> sum)
    {
        sum.Clear();
        for (var codebook = 0; codebook < weights.Config.CodebookCount; codebook++)
        {
            if (cells[codebook] != CsmRows.Off)
            {
                weights.AudioTable.AddRow((codebook * weights.Config.AudioVocabularySize) + cells[codebook], sum);
            }
        }

        if (cells[^1] != CsmRows.Off)
        {
            weights.TextTable.AddRow(cells[^1], sum);
        }
    }
}
