using System.Diagnostics;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;

namespace CsmAgent.Engines.Bench;

/// <summary>Packing once, then starting from the packed file with a warm disk; memory after it.</summary>
public static class LoadBench
{
    /// <summary>Measures, in a file under the system's temporary folder that is removed afterwards.</summary>
    /// <param name="options">With what.</param>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static BenchReport Run(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("csm-agent-bench").FullName;
        try
        {
            var path = Path.Combine(folder, "bench.csmpack");
            var start = Stopwatch.GetTimestamp();
            double pack, save;
            var packing = BenchModel.Packing(options);
            CsmConfig config;
            using (var weights = BenchModel.Pack(options, progress, cancellationToken))
            {
                config = weights.Config;
                pack = Stopwatch.GetElapsedTime(start).TotalSeconds;
                start = Stopwatch.GetTimestamp();
                PackedCsmFile.Save(weights, path, "bench");
                save = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            List<double> load = [];
            for (var round = 0; round < 3; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress($"Loading, round {round + 1} of 3 …");
                start = Stopwatch.GetTimestamp();
                using var weights = PackedCsmFile.Load(path, config, packing, "bench");
                using var model = new PackedCsmModel(weights, options.Threads);
                using var session = model.OpenSession();
                session.Append(BenchModel.Rows(config, 1));
                load.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            var report = new BenchReport($"Load: {BenchModel.Name(options)}, {options.Words}");
            report.Add("packSeconds", pack, "s");
            report.Add("saveSeconds", save, "s");
            report.Add("fileGb", new FileInfo(path).Length / 1e9, "GB");
            report.AddPercentiles("loadSeconds", load, "s");
            report.Add("loadGoalSeconds", 3, "s", "loaded, checked and one row run");
            return report;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
