using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Mimi.Packed;
using CsmAgent.Tensors.Packing;

namespace CsmAgent.Engines.Bench;

/// <summary>Resident memory of a speaker with everything loaded: CSM from its packed file as at a start, its session at a
/// length, Mimi both ways.</summary>
public static class MemoryBench
{
    /// <summary>Measures.</summary>
    /// <param name="options">With what.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("csm-agent-bench").FullName, "bench.csmpack");
        try
        {
            CsmConfig config;
            using (var packed = BenchModel.Pack(options, progress, cancellationToken))
            {
                config = packed.Config;
                PackedCsmFile.Save(packed, file, "bench");
            }

            // A start that finds the packed file has packed nothing: what that left behind does not belong to it.
            FreedMemory.ReturnToSystem();
            return Loaded(file, config, options);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    private static BenchReport Loaded(string file, CsmConfig config, BenchOptions options)
    {
        var start = Environment.WorkingSet;
        using var weights = PackedCsmFile.Load(file, config, BenchModel.Packing(options), "bench");
        var csm = Environment.WorkingSet;
        using var model = new PackedCsmModel(weights, options.Threads);
        using var session = model.OpenSession();
        session.Append(BenchModel.Rows(weights.Config, options.Positions));
        var filled = Environment.WorkingSet;
        var mimi = BenchModel.Mimi(MimiPacking.Compact);
        FreedMemory.ReturnToSystem();
        using var encoder = new PackedMimiEncoder(mimi);
        using var decoder = new PackedMimiDecoder(mimi);

        var report = new BenchReport($"Memory: {BenchModel.Name(options)}, {options.Words}, {options.Positions} positions");
        report.Add("startGb", start / 1e9, "GB");
        report.Add("weightsGb", weights.Bytes / 1e9, "GB");
        report.Add("afterWeightsGb", csm / 1e9, "GB");
        report.Add("keysAndValuesGb", session.CacheBytes / 1e9, "GB");
        report.Add("afterContextGb", filled / 1e9, "GB");
        report.Add("rssGb", Environment.WorkingSet / 1e9, "GB", "≤ 2.2 for int4");
        return report;
    }
}
