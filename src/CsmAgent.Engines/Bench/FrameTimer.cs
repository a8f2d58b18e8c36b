using System.Diagnostics;
using CsmAgent.Models.Csm;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Engines.Bench;

/// <summary>Times single frames of a session as a speaker runs them: choose the codes, append the row.</summary>
internal sealed class FrameTimer(ICsmSession session)
{
    private readonly int[] _codes = new int[session.Config.CodebookCount];
    private readonly int[] _row = new int[session.Config.ColumnCount];
    private readonly SeededSampler _sampler = new(SamplingSettings.Default, 1);

    public ReadOnlySpan<int> Codes => _codes;

    /// <summary>Milliseconds of the codebooks (one head, then the depth decoder) and of the backbone's step.</summary>
    public (double Codebooks, double Backbone) Frame()
    {
        var start = Stopwatch.GetTimestamp();
        session.GenerateFrame(_sampler, _codes);
        var codebooks = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        _codes.CopyTo(_row, 0);
        _row[^1] = CsmRows.Off;
        start = Stopwatch.GetTimestamp();
        session.Append(_row);
        return (codebooks, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
