using CsmAgent.Models.Csm.Packed;

namespace CsmAgent.Engines.Bench;

/// <summary>What a long context costs a frame: two sessions, one short and one long, in turns.</summary>
public static class ContextBench
{
    private const int Short = 100;

    /// <summary>Measures.</summary>
    /// <param name="options">With what; the long context is <see cref="BenchOptions.Positions"/>, or 1 900 if that is shorter.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        using var weights = BenchModel.Pack(options, progress, cancellationToken);
        using var model = new PackedCsmModel(weights, options.Threads);
        var most = weights.Config.Backbone.MaxPositions;
        var length = Math.Min(most - 48, Math.Max(options.Positions, most - 148));
        progress($"Prefilling {length} rows …");
        using var longer = model.OpenSession();
        longer.Append(BenchModel.Rows(weights.Config, length));
        using var shorter = model.OpenSession();
        shorter.Append(BenchModel.Rows(weights.Config, Short));
        var (near, far) = (new FrameTimer(shorter), new FrameTimer(longer));
        List<double> atShort = [], atLong = [];
        for (var frame = -3; frame < Math.Min(40, options.Frames); frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (a, b) = near.Frame();
            var (c, d) = far.Frame();
            if (frame >= 0)
            {
                atShort.Add(a + b);
                atLong.Add(c + d);
            }
        }

        var report = new BenchReport($"Context: {BenchModel.Name(options)}, {options.Words}, {options.Threads} threads, {Short} against {length} positions");
        report.AddPercentiles("shortMs", atShort, "ms");
        report.AddPercentiles("longMs", atLong, "ms");
        report.Add("contextCost", BenchReport.Median(atLong) / BenchReport.Median(atShort), "", "≤ 1.15");
        report.Add("contextCostLeast", atLong.Min() / atShort.Min());
        report.Add("keysAndValuesMb", longer.CacheBytes / 1e6, "MB");
        return report;
    }
}
