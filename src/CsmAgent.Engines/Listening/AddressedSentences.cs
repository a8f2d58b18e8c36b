namespace CsmAgent.Engines.Listening;

/// <summary>Sentences as people say them to somebody they call by name.</summary>
internal static class AddressedSentences
{
    private static readonly string[][] Everybody = [["both", "of", "you"], ["everybody"], ["you", "two"]];

    /// <summary>Puts a name before or after about half of the sentences. Same seed, same sentences.</summary>
    /// <param name="sentences">Words in lower case.</param>
    /// <param name="names">The names, in any case; at least one.</param>
    /// <param name="seed">Any number.</param>
    public static IEnumerable<IReadOnlyList<string>> Of(IEnumerable<IReadOnlyList<string>> sentences, IReadOnlyList<string> names, int seed)
    {
        var random = new Random(seed);
        foreach (var sentence in sentences)
        {
            var name = names[random.Next(names.Count)].ToLowerInvariant();
            yield return random.Next(10) switch
            {
                < 3 => [name, .. sentence],
                3 => [.. sentence, name],
                4 when names.Count > 1 => [.. sentence, .. Everybody[random.Next(Everybody.Length)]],
                _ => sentence,
            };
        }
    }
}
