namespace CsmAgent.Conversation.Turns.Endpointing;

/// <summary>What was said, as the rules look at it: its words, and its last ones beside them.</summary>
/// <param name="Words">At least two.</param>
internal sealed record Clause(string[] Words)
{
    /// <summary>The words after "well", "okay so" and other openings.</summary>
    public string[] Core { get; } = [.. Words.Take(Words.Length - 1).SkipWhile(ClauseWords.Openings.Contains), Words[^1]];

    public string Last => Words[^1];

    public string Before => Words[^2];

    public string Pair => $"{Before} {Last}";

    /// <summary>It asks with a question word.</summary>
    public bool AsksWhat => ClauseWords.Questions.Contains(Core[0]);

    /// <summary>It ends in these words.</summary>
    public bool EndsIn(string phrase)
    {
        var (at, parts) = (Words.Length, phrase.Split(' '));
        return parts.Length <= at && Words.AsSpan(at - parts.Length).SequenceEqual(parts);
    }
}
