using System.Diagnostics;
using CsmAgent.Models.Mimi;
using CsmAgent.Models.Mimi.Packed;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Engines.Bench;

/// <summary>Mimi at full size on one core: a frame to codes and back.</summary>
public static class MimiBench
{
    /// <summary>Measures.</summary>
    /// <param name="options">With what; the precision is the codec's own: exact, and compact beside it with what it changes.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var report = new BenchReport($"Mimi: {options.ModelFolder ?? "released size, random weights"}, 1 thread");
        var sound = Sound(options.Frames);
        int[]? codesOfExact = null;
        float[]? soundOfExact = null;
        foreach (var (name, packing) in new[] { ("exact", MimiPacking.Exact), ("compact", MimiPacking.Compact), ("int8", new MimiPacking(WeightFormat.Int8, WeightFormat.Int8)) })
        {
            progress($"Mimi, {name}: {packing.Encoder} to codes, {packing.Decoder} back …");
            var weights = BenchModel.Mimi(packing, options.ModelFolder);
            var codes = Time(report, name, weights, sound, cancellationToken);

            // Both decode the same codes, so that the difference is the decoder's alone.
            using var decoder = new PackedMimiDecoder(weights);
            var decoded = new float[sound.Length];
            decoder.Decode(codesOfExact ?? codes, decoded);
            if (codesOfExact is null || soundOfExact is null)
            {
                (codesOfExact, soundOfExact) = (codes, decoded);
                continue;
            }

            var books = weights.Config.Codebooks;
            report.Add($"{name}.sameCodes", codes.Where((code, i) => code == codesOfExact[i]).Count() / (double)codes.Length);
            report.Add($"{name}.sameSemanticCodes", codes.Where((code, i) => i % books == 0 && code == codesOfExact[i]).Count() / (double)options.Frames);
            report.Add($"{name}.decodedSnr", Ratio(soundOfExact, decoded), "dB");
        }

        report.Add("rssGb", Environment.WorkingSet / 1e9, "GB");
        return report;
    }

    private static int[] Time(BenchReport report, string name, PackedMimiWeights weights, float[] sound, CancellationToken cancellationToken)
    {
        using var encoder = new PackedMimiEncoder(weights);
        using var decoder = new PackedMimiDecoder(weights);
        var frames = sound.Length / MimiConfig.FrameSamples;
        var all = new int[frames * encoder.CodebookCount];
        var decoded = new float[MimiConfig.FrameSamples];
        List<double> encode = [], decode = [], both = [];
        var processor = TimeSpan.Zero;
        for (var frame = -10; frame < frames; frame++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (frame == 0)
            {
                processor = Environment.CpuUsage.TotalTime;
                encoder.Reset();
                decoder.Reset();
            }

            var at = Math.Max(0, frame);
            var codes = all.AsSpan(at * encoder.CodebookCount, encoder.CodebookCount);
            var start = Stopwatch.GetTimestamp();
            encoder.Encode(sound.AsSpan(at * MimiConfig.FrameSamples, MimiConfig.FrameSamples), codes);
            var first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
            decoder.Decode(codes, decoded);
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
        report.Add($"{name}.processorMs", (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / frames, "ms", "what both cost when nobody else computes");
        report.Add($"{name}.bothMs.least", both.Min(), "ms");
        return all;
    }

    // A gliding tone with harmonics, louder and softer, over a little noise.
    private static float[] Sound(int frames)
    {
        var random = new Random(3);
        var sound = new float[frames * MimiConfig.FrameSamples];
        var phase = 0.0;
        for (var i = 0; i < sound.Length; i++)
        {
            phase += (120 + (40 * Math.Sin(i / 9000.0))) / 24_000;
            var voice = Enumerable.Range(1, 8).Sum(harmonic => Math.Sin(2 * Math.PI * phase * harmonic) / harmonic);
            sound[i] = (float)((0.1 * voice * (1 + Math.Sin(i / 2500.0))) + (0.02 * (random.NextDouble() - 0.5)));
        }

        return sound;
    }

    private static double Ratio(float[] expected, float[] actual)
    {
        double signal = 0, noise = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            signal += (double)expected[i] * expected[i];
            noise += Math.Pow(expected[i] - (double)actual[i], 2);
        }

        return 10 * Math.Log10(signal / noise);
    }
}
