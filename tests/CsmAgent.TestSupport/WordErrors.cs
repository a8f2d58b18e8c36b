namespace CsmAgent.TestSupport;

/// <summary>Word error rate: substitutions, insertions and deletions over the words of the reference.</summary>
/// <param name="Errors">Edits from reference to hypothesis.</param>
/// <param name="Words">Words of the reference.</param>
public readonly record struct WordErrors(int Errors, int Words)
{
    /// <summary>Errors per word; 0 for an empty reference without errors.</summary>
    public double Rate => Words == 0 ? (Errors == 0 ? 0 : 1) : (double)Errors / Words;

    public static WordErrors operator +(WordErrors one, WordErrors other) => new(one.Errors + other.Errors, one.Words + other.Words);

    /// <summary>Counts; letter case and punctuation do not matter.</summary>
    public static WordErrors Between(string reference, string hypothesis)
    {
        var said = Split(reference);
        var heard = Split(hypothesis);
        var row = Enumerable.Range(0, heard.Length + 1).ToArray();
        for (var i = 1; i <= said.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= heard.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (said[i - 1] == heard[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return new(row[^1], said.Length);
    }

    private static string[] Split(string text) =>
        new string([.. text.ToLowerInvariant().Select(letter => char.IsLetterOrDigit(letter) || letter == '\'' ? letter : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
