using System.Diagnostics;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Packed;

namespace CsmAgent.Engines.Bench;

/// <summary>Mimi at full size on one core: a frame to codes and back.</summary>
public static class MimiBench
{
    /// <summary>Measures.</summary>
    /// <param name="options">With what; the precision is the codec's own: exact, and compact beside it.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var report = new BenchReport("Mimi: released size, random weights, 1 thread");
        foreach (var (name, packing) in new[] { ("exact", MimiPacking.Exact), ("compact", MimiPacking.Compact) })
        {
            progress($"Mimi, {name}: {packing.Encoder} to codes, {packing.Decoder} back …");
            var weights = BenchModel.Mimi(packing);
            using var encoder = new PackedMimiEncoder(weights);
            using var decoder = new PackedMimiDecoder(weights);
            var random = new Random(3);
            var samples = new float[MimiConfig.FrameSamples];
            var sound = new float[MimiConfig.FrameSamples];
            var codes = new int[encoder.CodebookCount];
            List<double> encode = [], decode = [], both = [];
            var processor = TimeSpan.Zero;
            for (var frame = -10; frame < options.Frames; frame++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                processor = frame == 0 ? Environment.CpuUsage.TotalTime : processor;
                for (var i = 0; i < samples.Length; i++)
                {
                    samples[i] = (float)(random.NextDouble() - 0.5);
                }

                var start = Stopwatch.GetTimestamp();
                encoder.Encode(samples, codes);
                var first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                start = Stopwatch.GetTimestamp();
                decoder.Decode(codes, sound);
                var second = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (frame >= 0)
                {
                    encode.Add(first);
                    decode.Add(second);
                    both.Add(first + second);
                }
            }

            report.AddPercentiles($"{name}.encodeMs", encode, "ms");
            report.AddPercentiles($"{name}.decodeMs", decode, "ms");
            report.Add($"{name}.bothMs.p50", BenchReport.Median(both), "ms", "≤ 10");
            report.Add($"{name}.processorMs", (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / options.Frames, "ms", "what both cost when nobody else computes");
            report.Add($"{name}.bothMs.least", both.Min(), "ms");
        }

        report.Add("rssGb", Environment.WorkingSet / 1e9, "GB");
        return report;
    }
}
