using System.Numerics;

namespace CsmAgent.Conversation.Reply;

/// <summary>English number words, both ways.</summary>
public static class NumberWords
{
    private static readonly string[] Small =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    private static readonly (long Value, string Word)[] Scales =
        [(1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand")];

    private static readonly Dictionary<string, string> IrregularOrdinals = new(StringComparer.Ordinal)
    {
        ["one"] = "first", ["two"] = "second", ["three"] = "third", ["five"] = "fifth", ["eight"] = "eighth", ["nine"] = "ninth", ["twelve"] = "twelfth",
    };

    /// <summary>A cardinal: 1042 is "one thousand forty-two".</summary>
    /// <param name="value">Below 10¹⁵ in size; larger ones are read digit by digit.</param>
    public static string Cardinal(BigInteger value)
    {
        if (value.Sign < 0)
        {
            return "minus " + Cardinal(-value);
        }

        return value >= 1_000_000_000_000_000 ? Digits(value.ToString()) : Cardinal((long)value);
    }

    /// <summary>An ordinal: 21 is "twenty-first".</summary>
    public static string Ordinal(long value)
    {
        var words = Cardinal((BigInteger)value);
        var cut = words.LastIndexOfAny([' ', '-']) + 1;
        var last = words[cut..];
        var ordinal = IrregularOrdinals.GetValueOrDefault(last) ?? (last.EndsWith('y') ? last[..^1] + "ieth" : last + "th");
        return words[..cut] + ordinal;
    }

    /// <summary>Digit by digit: "407" is "four zero seven".</summary>
    public static string Digits(string digits)
    {
        ArgumentNullException.ThrowIfNull(digits);
        return string.Join(' ', digits.Where(char.IsAsciiDigit).Select(digit => Small[digit - '0']));
    }

    /// <summary>A year: 1905 is "nineteen oh five", 2026 is "twenty twenty-six", 2005 is "two thousand five".</summary>
    /// <param name="year">1000 to 9999.</param>
    public static string Year(int year)
    {
        var (century, rest) = (year / 100, year % 100);
        return (century % 10, rest) switch
        {
            (0, < 10) => Cardinal((BigInteger)year),
            (_, 0) => Cardinal((BigInteger)century) + " hundred",
            (_, < 10) => $"{Cardinal((BigInteger)century)} oh {Small[rest]}",
            _ => $"{Cardinal((BigInteger)century)} {Cardinal((BigInteger)rest)}",
        };
    }

    /// <summary>A decimal number as written: "3.14" is "three point one four". Anything that is no plain number comes back as it is.</summary>
    public static string AsWritten(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plain = text.Replace(",", string.Empty, StringComparison.Ordinal);
        var sign = plain.StartsWith('-') ? "minus " : string.Empty;
        plain = plain.TrimStart('-', '+');
        var point = plain.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? plain : plain[..point];
        if (!whole.All(char.IsAsciiDigit) || (point >= 0 && (point == plain.Length - 1 || !plain[(point + 1)..].All(char.IsAsciiDigit))))
        {
            return text;
        }

        var words = whole.Length == 0 ? "zero"
            : whole.Length > 1 && whole[0] == '0' ? Digits(whole)
            : Cardinal(BigInteger.Parse(whole));
        return sign + words + (point < 0 ? string.Empty : " point " + Digits(plain[(point + 1)..]));
    }

    /// <summary>Reads one number from the front of a list of words, such as "two hundred and five" or "a thousand" or "42".</summary>
    /// <param name="words">Lower-case words.</param>
    /// <param name="start">Where to begin.</param>
    /// <returns>The value and how many words it took; 0 words when there is no number.</returns>
    public static (double Value, int Count) Read(IReadOnlyList<string> words, int start)
    {
        ArgumentNullException.ThrowIfNull(words);
        double total = 0, group = 0;
        var at = start;
        var end = start;
        // What may still be added to the group: after "twenty" a unit, after "hundred" anything below it.
        var room = 1000;
        for (; at < words.Count; at++)
        {
            var word = words[at];
            if (word == "and" && end > start && at == end && group % 100 == 0)
            {
                continue;
            }

            if (word is "a" or "an" && at == start && at + 1 < words.Count && words[at + 1] is "hundred" or "thousand" or "million" or "dozen" && word is "a" or "an")
            {
                group = 1;
                room = 0;
                continue;
            }

            if (Value(word) is { } value && value < room)
            {
                group += value;
                room = value is >= 20 and < 100 && value % 10 == 0 ? 10 : 0;
            }
            else if (word == "hundred" && group is > 0 and < 100)
            {
                group *= 100;
                room = 100;
            }
            else if (word == "dozen" && group > 0)
            {
                group *= 12;
                room = 0;
            }
            else if (Scale(word) is { } scale && group > 0)
            {
                total += group * scale;
                group = 0;
                room = 1000;
            }
            else if (word == "point" && end > start && at + 1 < words.Count && Value(words[at + 1]) is < 10)
            {
                var fraction = 0.1;
                for (at++; at < words.Count && Value(words[at]) is { } digit && digit < 10; at++, fraction /= 10)
                {
                    group += digit * fraction;
                }

                return (total + group, at - start);
            }
            else if (at == start && double.TryParse(word.Replace(",", string.Empty, StringComparison.Ordinal), out var written) && char.IsAsciiDigit(word[0]))
            {
                return (written, 1);
            }
            else
            {
                break;
            }

            end = at + 1;
        }

        return end == start ? (0, 0) : (total + group, end - start);
    }

    private static string Cardinal(long value)
    {
        foreach (var (scale, word) in Scales)
        {
            if (value >= scale)
            {
                var rest = value % scale;
                return $"{Cardinal(value / scale)} {word}{(rest == 0 ? string.Empty : " " + Cardinal(rest))}";
            }
        }

        return value switch
        {
            < 20 => Small[value],
            < 100 => Tens[value / 10] + (value % 10 == 0 ? string.Empty : "-" + Small[value % 10]),
            _ => $"{Small[value / 100]} hundred{(value % 100 == 0 ? string.Empty : " " + Cardinal(value % 100))}",
        };
    }

    private static int? Value(string word)
    {
        if (word == "oh")
        {
            return 0;
        }

        var dash = word.IndexOf('-', StringComparison.Ordinal);
        if (dash > 0)
        {
            return Array.IndexOf(Tens, word[..dash]) is >= 2 and var tens && Array.IndexOf(Small, word[(dash + 1)..]) is >= 1 and <= 9 and var unit
                ? tens * 10 + unit
                : null;
        }

        var small = Array.IndexOf(Small, word);
        if (small >= 0)
        {
            return small;
        }

        var ten = word.Length == 0 ? -1 : Array.IndexOf(Tens, word);
        return ten >= 2 ? ten * 10 : null;
    }

    private static long? Scale(string word)
    {
        var scale = Array.Find(Scales, pair => pair.Word == word);
        return scale.Word is null ? null : scale.Value;
    }
}
