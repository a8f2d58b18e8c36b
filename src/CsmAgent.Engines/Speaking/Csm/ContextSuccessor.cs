using CsmAgent.Models.Csm;

namespace CsmAgent.Engines.Speaking.Csm;

/// <summary>
/// The cache that takes over from a nearly full one: the voice's prompt and the later segments, run a few rows at a time while
/// nobody waits. What stays has to be run again, because its keys and values depend on what goes.
/// </summary>
/// <param name="session">A cache that holds exactly the prompt; owned until it takes over.</param>
/// <param name="dropped">Segments, from the oldest on, that it leaves out.</param>
internal sealed class ContextSuccessor(ICsmSession session, int dropped) : IDisposable
{
    /// <summary>Rows of a step, which must fit between two frames of speech.</summary>
    public const int RowsAtOnce = 8;

    private readonly List<int> _starts = [];
    private int[] _cells = [];
    private int _done;

    /// <summary>Segments left out.</summary>
    public int Dropped => dropped;

    /// <summary>Runs the next few rows.</summary>
    /// <param name="segments">All segments of the full cache, in order; those this one has begun have not changed since.</param>
    /// <param name="cellsOf">A finished segment's rows.</param>
    /// <returns>False if all finished segments have been run.</returns>
    public bool Advance(IReadOnlyList<ContextSegment> segments, Func<ContextSegment, int[]> cellsOf)
    {
        if (_done == _cells.Length)
        {
            var next = dropped + _starts.Count;
            if (next == segments.Count || !segments[next].IsEnded)
            {
                return false;
            }

            _starts.Add(session.Position);
            (_cells, _done) = (cellsOf(segments[next]), 0);
        }

        var take = Math.Min(RowsAtOnce * session.Config.ColumnCount, _cells.Length - _done);
        session.Append(_cells.AsSpan(_done, take));
        _done += take;
        return true;
    }

    /// <summary>True if nothing is missing.</summary>
    /// <param name="segments">Segments of the full cache.</param>
    public bool Covers(int segments) => _done == _cells.Length && dropped + _starts.Count == segments;

    /// <summary>Hands over the cache and where its segments start.</summary>
    public (ICsmSession Session, IReadOnlyList<int> Starts) TakeOver() => (session, _starts);

    public void Dispose() => session.Dispose();
}
