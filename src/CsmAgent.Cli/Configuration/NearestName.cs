namespace CsmAgent.Cli.Configuration;

/// <summary>Finds what somebody probably meant.</summary>
public static class NearestName
{
    /// <summary>The candidate with the fewest edits, ignoring case; null when none is closer than half of the given name.</summary>
    public static string? Of(string given, IEnumerable<string> candidates)
    {
        var best = candidates
            .Select(candidate => (Candidate: candidate, Edits: Distance(given.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .OrderBy(pair => pair.Edits)
            .ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Candidate is not null && best.Edits <= Math.Max(2, given.Length / 2) ? best.Candidate : null;
    }

    // Levenshtein over one row.
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
