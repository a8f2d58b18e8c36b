namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>Finds the names somebody may have meant.</summary>
public static class NearestNames
{
    /// <summary>Candidates within a third of the word's length in edits (at least two), nearest first, at most three.</summary>
    public static IReadOnlyList<string> Of(string word, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        var limit = Math.Max(2, word.Length / 3);
        return [.. candidates
            .Select(name => (Name: name, Edits: Edits(word.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(pair => pair.Edits <= limit && pair.Edits < Math.Max(word.Length, pair.Name.Length))
            .OrderBy(pair => pair.Edits).ThenBy(pair => pair.Name, StringComparer.Ordinal)
            .Take(3).Select(pair => pair.Name)];
    }

    /// <summary>A hint to append to a message: <c> Did you mean warm?</c>, or all names when none is near.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> candidates) =>
        Of(word, candidates) is { Count: > 0 } near ? $" Did you mean {string.Join(" or ", near)}?"
        : candidates.Count > 0 ? $" There is: {string.Join(", ", candidates)}."
        : "";

    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var corner = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
