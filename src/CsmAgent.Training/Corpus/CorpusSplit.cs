namespace CsmAgent.Training.Corpus;

/// <summary>Chooses the held-out utterances: by text, so that no voice's training speaks a sentence another is judged by.</summary>
public static class CorpusSplit
{
    /// <summary>The texts to hold out.</summary>
    /// <param name="texts">Texts of all items.</param>
    /// <param name="share">Share of the distinct texts to hold out, 0 to 1; at least one text.</param>
    /// <param name="seed">The same seed chooses the same texts.</param>
    public static IReadOnlySet<string> HeldOut(IEnumerable<string> texts, double share, int seed)
    {
        var distinct = texts.Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase).ToArray();
        new Random(seed).Shuffle(distinct);
        var count = Math.Clamp((int)Math.Round(distinct.Length * share), 1, Math.Max(1, distinct.Length - 1));
        return distinct.Take(count).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }
}
