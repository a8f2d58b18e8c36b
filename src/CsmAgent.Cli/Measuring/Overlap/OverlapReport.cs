using CsmAgent.Engines.Bench;

namespace CsmAgent.Cli.Measuring.Overlap;

/// <summary>The scenes' outcomes against the goals.</summary>
internal static class OverlapReport
{
    public static BenchReport Of(IReadOnlyCollection<OverlapOutcome> outcomes, int seed)
    {
        var report = new BenchReport(
            $"{outcomes.Count} overlap scenes, seed {seed}, simulated room, virtual time: engines take no time (kept bootstrap voice, fixed replies).");
        report.Add("scenes", outcomes.Count, goal: "200");
        report.Add("spoiled", outcomes.Count(outcome => outcome.Action is null), goal: "0");
        var by = outcomes.Where(outcome => outcome.Action is not null).ToLookup(outcome => outcome.Scene.Situation);
        foreach (var situation in Enum.GetValues<OverlapSituation>())
        {
            var key = char.ToLowerInvariant(situation.ToString()[0]) + situation.ToString()[1..];
            foreach (var action in Enum.GetValues<OverlapAction>())
            {
                report.Add($"{key}.{char.ToLowerInvariant(action.ToString()[0])}{action.ToString()[1..]}", by[situation].Count(outcome => outcome.Action == action), "scenes");
            }

            Median($"{key}.silentAfterMs", by[situation].Select(outcome => outcome.SilentAfterMs));
            Median($"{key}.decidedAfterMs", by[situation].Select(outcome => outcome.DecidedAfterMs));
        }

        double[] silent = [.. by[OverlapSituation.Interruption].Select(outcome => outcome.SilentAfterMs).OfType<double>().Order()];
        if (silent.Length > 0)
        {
            report.Add("bargeInToSilenceMs.p50", BenchReport.Median(silent), "ms", "<= 120");
            report.Add("bargeInToSilenceMs.p95", silent[(int)Math.Ceiling(0.95 * silent.Length) - 1], "ms");
        }

        Percent("interruptionsTakenPercent", by[OverlapSituation.Interruption], outcome => outcome.IsCut, ">= 95");
        Percent("backchannelsAndBackgroundCutPercent", by[OverlapSituation.Backchannel].Concat(by[OverlapSituation.Background]), outcome => outcome.IsCut, "<= 5");
        report.Add("heldForEcho", outcomes.Sum(outcome => outcome.HeldForEcho), "", "0");
        Percent("backgroundHeldPercent", by[OverlapSituation.Background], outcome => outcome.HeldAfterMs is not null, null);
        Percent("backchannelsCutPercent", by[OverlapSituation.Backchannel], outcome => outcome.IsCut, null);
        Percent("backgroundCutPercent", by[OverlapSituation.Background], outcome => outcome.IsCut, null);
        Percent("sideTalkAnsweredPercent", by[OverlapSituation.SideTalk], outcome => outcome.Action == OverlapAction.Answered, "<= 15");
        return report;

        void Median(string key, IEnumerable<double?> values)
        {
            double[] known = [.. values.OfType<double>()];
            if (known.Length > 0)
            {
                report.Add(key + ".p50", BenchReport.Median(known), "ms");
            }
        }

        void Percent(string key, IEnumerable<OverlapOutcome> of, Func<OverlapOutcome, bool> counts, string? goal)
        {
            OverlapOutcome[] all = [.. of];
            if (all.Length > 0)
            {
                report.Add(key, 100.0 * all.Count(counts) / all.Length, "%", goal);
            }
        }
    }
}
