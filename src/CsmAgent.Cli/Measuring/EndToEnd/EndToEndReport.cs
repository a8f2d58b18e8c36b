using CsmAgent.Engines.Bench;

namespace CsmAgent.Cli.Measuring.EndToEnd;

/// <summary>The turns' figures against the goals.</summary>
internal static class EndToEndReport
{
    public static BenchReport Of(string title, IReadOnlyList<TurnFigures> turns, TurnManifest manifest, int falseInterruptions, (int Kept, int Wasted) earlyFrames, ComputeClock? clock)
    {
        var report = new BenchReport(title);
        report.Add("turns", turns.Count);
        var asked = turns.Where(turn => turn.SoftenedMs is null && turn.SilenceMs is null && turn.Intent is not ("backchannel" or "interrupt")).ToArray();
        report.Add("unanswered", asked.Count(turn => turn.MouthToEarMs is null), "turns", "0");
        Spread("mouthToEarMs", turns.Select(turn => turn.MouthToEarMs), "<= 500", "<= 900");
        Spread("countersOffMs", turns.Select(turn => turn.CountersOffMs is { } off ? Math.Abs(off) : (double?)null), "<= 10", "<= 10");
        if (turns.Any(turn => turn.CountersOffMs is not null))
        {
            report.Add("countersOffMs.bias", turns.Average(turn => turn.CountersOffMs)!.Value, "ms");
        }

        Spread("computeMs", turns.Select(turn => turn.ComputeMs));
        Spread("endpointDelayMs", turns.Select(turn => turn.EndpointDelayMs));
        Spread("bargeInToSofterMs", turns.Select(turn => turn.SoftenedMs));
        Spread("bargeInToSilenceMs", turns.Select(turn => turn.SilenceMs), "<= 120");
        report.Add("falseInterruptions", falseInterruptions, "", "0");
        Share("turnsCutEarlyPercent", turns.Where(turn => manifest.HasPauses(turn.Name)), turn => turn.IsCutEarly, "<= 5");
        Share("turnsJoinedPercent", turns.Where(turn => manifest.HasPauses(turn.Name)), turn => turn.IsJoined, null);
        report.Add("answersTakenBack", turns.Count(turn => turn.IsJoined), "turns");
        Share("intentsRightPercent", asked.Where(turn => turn.Intent is not null), turn => turn.IsIntentRight, null);
        report.Add("earlyFrames.kept", earlyFrames.Kept, "frames");
        report.Add("earlyFrames.wasted", earlyFrames.Wasted, "frames");
        if (clock is { Costs.Count: > 1 })
        {
            report.Add("processorMsPerFrame", clock.Costs.Average(cost => cost.TotalMilliseconds) * 8, "ms");
        }

        return report;

        void Spread(string key, IEnumerable<double?> values, string? middle = null, string? high = null)
        {
            double[] sorted = [.. values.OfType<double>().Order()];
            if (sorted.Length == 0)
            {
                return;
            }

            report.Add($"{key}.count", sorted.Length);
            report.Add($"{key}.p50", sorted[(sorted.Length - 1) / 2], "ms", middle);
            report.Add($"{key}.p95", sorted[(int)Math.Ceiling(0.95 * sorted.Length) - 1], "ms", high);
            report.Add($"{key}.worst", sorted[^1], "ms");
        }

        void Share(string key, IEnumerable<TurnFigures> of, Func<TurnFigures, bool> counts, string? goal)
        {
            TurnFigures[] all = [.. of];
            if (all.Length > 0)
            {
                report.Add(key, 100.0 * all.Count(counts) / all.Length, "%", goal);
            }
        }
    }
}
