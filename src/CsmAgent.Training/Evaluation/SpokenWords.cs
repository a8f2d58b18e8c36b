using System.Text;

namespace CsmAgent.Training.Evaluation;

/// <summary>Text as the recogniser would write it: lower case, no punctuation, numbers and a few titles in words.</summary>
public static class SpokenWords
{
    private static readonly string[] Ones =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    private static readonly Dictionary<string, string> Titles =
        new(StringComparer.Ordinal) { ["mr"] = "mister", ["mrs"] = "missus", ["dr"] = "doctor", ["ok"] = "okay" };

    /// <summary>The words of a text.</summary>
    /// <param name="text">Any English text.</param>
    public static IReadOnlyList<string> Of(string text)
    {
        var words = new List<string>();
        foreach (var token in Tokens(text.ToLowerInvariant().Replace('’', '\'').Replace("&", " and ").Replace("%", " percent ")))
        {
            if (int.TryParse(token, out var number) && token.Length <= 6)
            {
                words.AddRange(Spell(number));
            }
            else
            {
                words.Add(Titles.GetValueOrDefault(token, token));
            }
        }

        return words;
    }

    // Letters with inner apostrophes, or digits with thousands separators.
    private static IEnumerable<string> Tokens(string text)
    {
        var token = new StringBuilder();
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : ' ';
            var inWord = char.IsAsciiLetter(c) || (c == '\'' && token.Length > 0 && i + 1 < text.Length && char.IsAsciiLetter(text[i + 1]));
            var isSeparator = c == ',' && token.Length > 0 && char.IsAsciiDigit(token[^1]) && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]);
            if (isSeparator)
            {
                continue;
            }

            var changesKind = token.Length > 0 && char.IsAsciiDigit(token[^1]) != char.IsAsciiDigit(c);
            if (token.Length > 0 && (changesKind || !(inWord || char.IsAsciiDigit(c))))
            {
                yield return token.ToString();
                token.Clear();
            }

            if (char.IsAsciiDigit(c) || (inWord && c != '\'') || (inWord && token.Length > 0))
            {
                token.Append(c);
            }
        }
    }

    private static IEnumerable<string> Spell(int number) => number switch
    {
        < 20 => [Ones[number]],
        < 100 => [Tens[number / 10], .. Rest(number % 10)],
        < 1_000 => [Ones[number / 100], "hundred", .. Rest(number % 100)],
        _ => [.. Spell(number / 1_000), "thousand", .. Rest(number % 1_000)],
    };

    private static IEnumerable<string> Rest(int number) => number > 0 ? Spell(number) : [];
}
