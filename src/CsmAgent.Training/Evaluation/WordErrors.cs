namespace CsmAgent.Training.Evaluation;

/// <summary>Word errors: substitutions, insertions and deletions of the best alignment.</summary>
/// <param name="Errors">How many.</param>
/// <param name="Words">Words of the reference.</param>
public readonly record struct WordErrors(int Errors, int Words)
{
    /// <summary>Errors per word; above 1 when much was inserted.</summary>
    public double Rate => Words == 0 ? 0 : (double)Errors / Words;

    /// <summary>Counts the errors of one sentence.</summary>
    /// <param name="reference">What was to be said.</param>
    /// <param name="heard">What was recognised.</param>
    public static WordErrors Count(string reference, string heard)
    {
        var (wanted, got) = (SpokenWords.Of(reference), SpokenWords.Of(heard));
        var row = Enumerable.Range(0, got.Count + 1).ToArray();
        for (var i = 1; i <= wanted.Count; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= got.Count; j++)
            {
                var substituted = diagonal + (wanted[i - 1] == got[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return new(row[^1], wanted.Count);
    }

    /// <summary>The errors of several sentences together.</summary>
    /// <param name="all">One per sentence.</param>
    public static WordErrors Sum(IEnumerable<WordErrors> all) => all.Aggregate(default(WordErrors), (sum, one) => new(sum.Errors + one.Errors, sum.Words + one.Words));
}
