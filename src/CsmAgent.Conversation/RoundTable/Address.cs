using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.RoundTable;

/// <summary>Who of several is spoken to, and what is left to answer without the address.</summary>
internal static class Address
{
    // Sounds may differ by this much: a recogniser writes "hannah" for "Anna", "been" for "Ben".
    private const double SoundsAlike = 0.2;

    private static readonly string[] Everybody = ["both of you", "all of you", "you both", "you two", "you all", "everybody", "everyone", "both"];

    private static readonly HashSet<string> Openers = new(StringComparer.Ordinal)
    {
        "hey", "hello", "hi", "okay", "ok", "so", "well", "and", "now", "but", "please", "thanks", "thank", "you", "good", "morning", "evening",
        "afternoon", "sorry", "no", "yes", "oh", "goodbye", "bye", "wait", "stop",
    };

    // "a story about Ben" tells of him, "a story, Ben" asks him.
    private static readonly HashSet<string> Tellers = new(StringComparer.Ordinal)
    {
        "about", "of", "with", "to", "from", "for", "by", "is", "was", "name's", "call", "called", "am", "or", "like", "than", "phone", "meet", "visit",
        "email", "ask", "i'm",
    };

    /// <summary>Reads the address off a text.</summary>
    /// <param name="text">As recognised, or as written by an agent.</param>
    /// <param name="names">Who is there.</param>
    /// <returns>Indices into <paramref name="names"/>, in the order they are named, empty when nobody is; and the other words.</returns>
    public static (IReadOnlyList<int> Agents, string Others) Of(string text, IReadOnlyList<string> names)
    {
        var words = SpokenWords.Split(text);
        var spoken = string.Join(' ', words);
        foreach (var all in names.Count > 1 ? Everybody : [])
        {
            if ($" {spoken} ".Contains($" {all} ", StringComparison.Ordinal))
            {
                return ([.. Enumerable.Range(0, names.Count)], $" {spoken} ".Replace($" {all} ", " ", StringComparison.Ordinal).Trim());
            }
        }

        List<int> agents = [];
        List<string> rest = [];
        for (var i = 0; i < words.Length; i++)
        {
            var isOpening = words[..i].All(word => Openers.Contains(word) || Find(word, names, exactly: true) >= 0);
            var isClosing = i == words.Length - 1 && (i == 0 || !Tellers.Contains(words[i - 1]));
            var agent = isOpening || isClosing ? Find(words[i], names, exactly: !isOpening) : -1;
            if (agent < 0)
            {
                rest.Add(words[i]);
            }
            else if (!agents.Contains(agent))
            {
                agents.Add(agent);
            }
        }

        return (agents, string.Join(' ', rest));
    }

    private static int Find(string word, IReadOnlyList<string> names, bool exactly)
    {
        var best = exactly ? double.Epsilon : SoundsAlike;
        var found = -1;
        for (var i = 0; i < names.Count; i++)
        {
            var distance = word.Equals(names[i], StringComparison.OrdinalIgnoreCase) ? 0
                : Openers.Contains(word) ? 1
                : exactly ? 1 : Phonetics.Distance(Phonetics.Sounds(word), Phonetics.Sounds(names[i].ToLowerInvariant()));
            if (distance < best)
            {
                (best, found) = (distance, i);
            }
        }

        return found;
    }
}
