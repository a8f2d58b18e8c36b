using System.Diagnostics;
using CsmAgent.Engines.Speaking.Csm;
using CsmAgent.Models.Csm.Packed;

namespace CsmAgent.Engines.Bench;

/// <summary>How long a context takes to read, and how soon the first frame follows a text when the voice's prompt is there.</summary>
public static class PrefillBench
{
    private const int TextRows = 20;

    /// <summary>Measures.</summary>
    /// <param name="options">With what.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        using var weights = BenchModel.Pack(options, progress, cancellationToken);
        using var model = new PackedCsmModel(weights, options.Threads);
        using var prompt = model.OpenSession();
        var rows = BenchModel.Rows(weights.Config, options.Positions + TextRows);
        var columns = weights.Config.ColumnCount;
        List<double> prefill = [], first = [];
        for (var round = 0; round < 3; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress($"Prefill, round {round + 1} of 3 …");
            prompt.RollBackTo(0);
            var start = Stopwatch.GetTimestamp();
            prompt.Append(rows.AsSpan(0, options.Positions * columns));
            prefill.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        for (var round = 0; round < 10; round++)
        {
            using var session = (PackedCsmSession)prompt.Fork();
            var timer = new FrameTimer(session);
            var start = Stopwatch.GetTimestamp();
            session.Append(rows.AsSpan(options.Positions * columns));
            timer.Frame();
            first.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        List<double> step = [];
        using (var session = prompt.Fork())
        {
            for (var round = 0; round < 10; round++)
            {
                var start = Stopwatch.GetTimestamp();
                session.Append(rows.AsSpan(0, ContextSuccessor.RowsAtOnce * columns));
                step.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        var report = new BenchReport($"Prefill: {BenchModel.Name(options)}, {options.Words}, {options.Threads} threads, {options.Positions} positions");
        report.AddPercentiles("prefillMs", prefill, "ms");
        report.Add("prefillMsPerPosition", BenchReport.Median(prefill) / options.Positions, "ms", options.Positions == 400 ? "≤ 5 (400 in 2 s)" : null);
        report.AddPercentiles("firstFrameMs", first, "ms");
        report.AddPercentiles("makingRoomStepMs", step, "ms");
        report.Add("firstFrame.goalMs", 250, "ms", "text of 20 rows after a cached prompt, Mimi's decoder not included");
        return report;
    }
}
