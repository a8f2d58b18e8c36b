using System.Diagnostics;
using CsmAgent.Engines.Inference;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Packed;
using CsmAgent.Tensors.Kernels;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Engines.Bench;

/// <summary>One frame of speech, part by part: codebooks, backbone step, Mimi's decoder.</summary>
public static class FrameBench
{
    private const double FrameMilliseconds = 80;

    /// <summary>Measures.</summary>
    /// <param name="options">With what.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        if (options.Device is { } device && ComputeDevice.Find(device) is { Torch: not null } found)
        {
            return DeviceFrameBench.Run(found, options, progress, cancellationToken);
        }

        using var weights = BenchModel.Pack(options, progress, cancellationToken);
        using var decoder = new PackedMimiDecoder(BenchModel.Mimi(MimiPacking.Compact));
        using var model = new PackedCsmModel(weights, options.Threads);
        using var session = model.OpenSession();
        progress($"Prefilling {options.Positions} rows …");
        session.Append(BenchModel.Rows(weights.Config, options.Positions));
        var timer = new FrameTimer(session);
        var samples = new float[MimiConfig.FrameSamples];
        var codes = new int[decoder.CodebookCount];
        List<double> codebooks = [], backbone = [], decode = [], total = [];
        long allocated = 0;
        var processor = TimeSpan.Zero;
        using var team = new ThreadTeam(options.Threads);
        using var probe = new MemoryProbe(team, 600_000_000);
        List<double> bandwidth = [.. probe.Measure(3)];

        List<double> baseline = [];
        progress($"Measuring {options.Frames} frames …");
        for (var frame = -5; frame < options.Frames; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var processorBefore = Environment.CpuUsage.TotalTime;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (first, second) = timer.Frame();
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            for (var i = 0; i < codes.Length; i++)
            {
                codes[i] = timer.Codes[i % timer.Codes.Length] % MimiConfig.Released.CodebookSize;
            }

            var start = Stopwatch.GetTimestamp();
            decoder.Decode(codes, samples);
            var third = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            var used = Environment.CpuUsage.TotalTime - processorBefore;
            if (frame >= 0)
            {
                processor += used;
                codebooks.Add(first);
                backbone.Add(second);
                decode.Add(third);
                total.Add(first + second + third);
                allocated = Math.Max(allocated, bytes);
                if (frame % 10 == 0)
                {
                    // In between, so that yardstick and kernels meet the same neighbours.
                    bandwidth.AddRange(probe.Measure(1));
                }
            }
        }

        if (options.Baseline)
        {
            // After ours: Torch's threads spin on between products, on the cores that ours would need.
            progress($"Measuring {options.Frames} frames of Torch …");
            using var torchScript = new TorchScriptFrame(options.Threads);
            for (var frame = -3; frame < options.Frames; frame++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var other = torchScript.Run();
                if (frame >= 0)
                {
                    baseline.Add(other);
                }
            }
        }

        var median = BenchReport.Median(codebooks.Zip(backbone, (a, b) => a + b));
        var report = new BenchReport($"One frame: {BenchModel.Name(options)}, {options.Words}, {options.Threads} threads, {options.Positions} positions");
        report.AddPercentiles("frameMs", total, "ms");
        report.Add("codebooksMs.p50", BenchReport.Median(codebooks), "ms");
        report.Add("backboneMs.p50", BenchReport.Median(backbone), "ms");
        report.Add("mimiDecodeMs.p50", BenchReport.Median(decode), "ms");
        report.Add("processorMsPerThread", processor.TotalMilliseconds / options.Frames / options.Threads, "ms");
        report.Add("rtf", BenchReport.Median(total) / FrameMilliseconds, "", Goal(options));
        report.Add("rtfLeast", total.Min() / FrameMilliseconds);
        report.Add("bytesPerFrame", weights.BytesPerFrame / 1e6, "MB");
        report.Add("bandwidth", weights.BytesPerFrame / median / 1e6, "GB/s");
        report.Add("machineBandwidth.p50", BenchReport.Median(bandwidth), "GB/s");
        report.Add("machineBandwidth.most", bandwidth.Max(), "GB/s");
        if (baseline.Count > 0)
        {
            report.AddPercentiles("torchScriptMs", baseline, "ms");
            report.Add("timesFasterThanTorchScript", BenchReport.Median(baseline) / median, "", "≥ 1.6");
            report.Add("timesFasterLeast", baseline.Min() / codebooks.Zip(backbone, (a, b) => a + b).Min());
        }

        report.Add("allocatedBytesPerFrame", allocated, "B", "0");
        report.Add("rssGb", Environment.WorkingSet / 1e9, "GB", "see bench memory: this one holds the yardstick's 0.6 GB too");
        return report;
    }

    private static string? Goal(BenchOptions options) => options.Precision switch
    {
        WeightFormat.Int4 => "≤ 0.75",
        WeightFormat.Int8 => "≤ 1.3",
        _ => null,
    };
}
