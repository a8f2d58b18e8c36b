using System.Text;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>A rough phonetic spelling of English and distances over it: what sounds alike becomes alike.</summary>
internal static class Phonetics
{
    // Written groups and their sound, longest first. Vowels fall into five classes.
    private static readonly (string Letters, string Sound)[] Rules =
    [
        ("eigh", "a"), ("ough", "o"), ("augh", "o"), ("tion", "Sn"), ("sion", "Sn"), ("tch", "C"), ("igh", "i"), ("sch", "sk"), ("wh", "w"), ("wr", "r"),
        ("kn", "n"), ("gn", "n"), ("mb", "m"), ("ph", "f"), ("gh", "g"), ("ck", "k"), ("ch", "C"), ("sh", "S"), ("th", "t"), ("qu", "kw"), ("ng", "n"),
        ("ce", "s"), ("ci", "si"), ("cy", "si"), ("ge", "je"), ("ee", "i"), ("ea", "i"), ("ie", "i"), ("oo", "u"), ("ou", "o"), ("ow", "o"), ("oa", "o"),
        ("ai", "a"), ("ay", "a"), ("ey", "a"), ("ei", "a"), ("au", "o"), ("aw", "o"), ("ue", "u"), ("ew", "u"), ("oi", "o"), ("oy", "o"),
        ("x", "ks"), ("c", "k"), ("q", "k"), ("z", "s"), ("y", "i"), ("v", "f"), ("d", "t"), ("b", "p"), ("g", "k"), ("h", ""),
    ];

    /// <summary>The sounds of a text without its spaces: people do not speak them.</summary>
    public static string Sounds(string text)
    {
        var sounds = new StringBuilder();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var spelled = word.Length > 3 && word.EndsWith('e') ? word[..^1] : word;
            for (var i = 0; i < spelled.Length;)
            {
                var (letters, sound) = Array.Find(Rules, rule => string.CompareOrdinal(spelled, i, rule.Letters, 0, rule.Letters.Length) == 0);
                sound ??= spelled[i].ToString();
                i += letters?.Length ?? 1;
                foreach (var one in sound)
                {
                    // Doubled letters are one sound.
                    if (sounds.Length == 0 || sounds[^1] != one)
                    {
                        sounds.Append(one);
                    }
                }
            }
        }

        return sounds.ToString();
    }

    /// <summary>Edits between two spellings over the longer length: 0 equal, 1 nothing in common. A vowel for a vowel costs half.</summary>
    public static double Distance(string from, string to, double giveUpAt = 1)
    {
        var longest = Math.Max(from.Length, to.Length);
        if (longest == 0)
        {
            return 0;
        }

        if (Math.Abs(from.Length - to.Length) > giveUpAt * longest)
        {
            return 1;
        }

        Span<double> row = stackalloc double[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            var best = row[0];
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                var change = from[i - 1] == to[j - 1] ? 0 : IsVowel(from[i - 1]) && IsVowel(to[j - 1]) ? 0.5 : 1;
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + change);
                diagonal = above;
                best = Math.Min(best, row[j]);
            }

            if (best > giveUpAt * longest)
            {
                return 1;
            }
        }

        return row[to.Length] / longest;
    }

    private static bool IsVowel(char sound) => sound is 'a' or 'e' or 'i' or 'o' or 'u';
}
