using CsmAgent.Models.Csm;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Sampling;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Speaking;

/// <summary>Counts rows and reads where it is told to.</summary>
internal sealed class CountingSession(AttentionHead? head) : ICsmSession
{
    /// <summary>Where it says that it reads.</summary>
    public double Row { get; set; }

    /// <summary>The range that it was last asked to read in.</summary>
    public (int First, int Last)? Asked { get; private set; }

    /// <summary>Rows that were run so far, those since forgotten too.</summary>
    public int RowsRun { get; private set; }

    public CsmConfig Config { get; } = CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json")) with { AlignmentHead = head };

    public int Position { get; private set; }

    public int PositionLimit => 400;

    public void Append(ReadOnlySpan<int> rows)
    {
        var count = rows.Length / Config.ColumnCount;
        Position += count;
        RowsRun += count;
    }

    public double? Reading(int first, int last)
    {
        Asked = (first, last);
        return Row;
    }

    public bool GenerateFrame(ICodeSampler sampler, Span<int> codes, ReadOnlySpan<CsmGuidance> guidance = default) => throw new NotSupportedException();

    public void RollBackTo(int position) => Position = position;

    public ICsmSession Fork() => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
