using System.Globalization;
using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Sums and conversions in words.</summary>
internal static partial class Calculator
{
    // Each unit in its base: seconds, meters, grams, liters.
    private static readonly Dictionary<string, (char Kind, double Size)> Units = new(StringComparer.Ordinal)
    {
        ["second"] = ('t', 1), ["minute"] = ('t', 60), ["hour"] = ('t', 3600), ["day"] = ('t', 86_400), ["week"] = ('t', 604_800), ["month"] = ('t', 2_629_746),
        ["year"] = ('t', 31_536_000), ["inch"] = ('l', 0.0254), ["inche"] = ('l', 0.0254), ["foot"] = ('l', 0.3048), ["feet"] = ('l', 0.3048), ["yard"] = ('l', 0.9144),
        ["mile"] = ('l', 1609.344), ["meter"] = ('l', 1), ["metre"] = ('l', 1), ["kilometer"] = ('l', 1000), ["kilometre"] = ('l', 1000), ["centimeter"] = ('l', 0.01),
        ["millimeter"] = ('l', 0.001), ["gram"] = ('m', 1), ["kilogram"] = ('m', 1000), ["kilo"] = ('m', 1000), ["ounce"] = ('m', 28.349523125), ["pound"] = ('m', 453.59237),
        ["ton"] = ('m', 1_000_000), ["liter"] = ('v', 1), ["litre"] = ('v', 1), ["milliliter"] = ('v', 0.001), ["cup"] = ('v', 0.2365882365), ["pint"] = ('v', 0.473176473),
        ["gallon"] = ('v', 3.785411784),
    };

    /// <summary>Answers in a sentence; null when there is no sum in the text.</summary>
    public static string? Answer(string normalized) => Conversion(normalized) ?? Special(normalized) ?? Sum(normalized);

    /// <summary>A number as it is written for speech: at most four decimals, no trailing zeros.</summary>
    public static string Say(double value) => Math.Abs(value) < 1e15
        ? Math.Round(value, 4).ToString("0.####", CultureInfo.InvariantCulture)
        : value.ToString("0.###e0", CultureInfo.InvariantCulture).Replace("e", " times 10 to the power of ", StringComparison.Ordinal);

    private static string? Conversion(string text)
    {
        var match = HowMany().Match(text);
        if (!match.Success || !Units.TryGetValue(Singular(match.Groups["to"].Value), out var to))
        {
            return null;
        }

        var words = match.Groups["from"].Value.Split(' ');
        var (count, taken) = NumberWords.Read(words, 0);
        if (taken == 0)
        {
            (count, taken) = (1, words[0] is "a" or "an" ? 1 : 0);
        }

        if (taken >= words.Length || !Units.TryGetValue(Singular(words[taken]), out var from) || from.Kind != to.Kind)
        {
            return null;
        }

        var name = words[taken];
        var result = count * from.Size / to.Size;
        // People count months by the calendar, not by seconds.
        result = (Singular(name), Singular(match.Groups["to"].Value)) == ("year", "month") ? count * 12 : result;
        var many = $"{Say(count)} {name}";
        return $"There are {(Math.Abs(result - Math.Round(result)) > 0.00005 ? "about " : string.Empty)}{Say(Math.Round(result, 2))} {match.Groups["to"].Value} in {(count == 1 ? $"{(name[0] is 'h' or 'i' or 'o' && name != "hundred" ? name.StartsWith("hour", StringComparison.Ordinal) || name[0] != 'h' ? "an" : "a" : "a")} {name}" : many)}.";
    }

    private static string? Special(string text)
    {
        double? After(Regex before)
        {
            var match = before.Match(text);
            var words = match.Success ? text[(match.Index + match.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            var (value, count) = NumberWords.Read(words, 0);
            return count == 0 ? null : value;
        }

        if (After(RootOf()) is { } square)
        {
            return square < 0 ? "A negative number has no real square root." : $"The square root of {Say(square)} is {(Math.Sqrt(square) % 1 == 0 ? string.Empty : "about ")}{Say(Math.Sqrt(square))}.";
        }

        if (After(HalfOf()) is { } whole)
        {
            return $"Half of {Say(whole)} is {Say(whole / 2)}.";
        }

        if (After(Double()) is { } single)
        {
            return $"Twice {Say(single)} is {Say(single * 2)}.";
        }

        var inverse = Inverse().Match(text);
        if (inverse.Success && inverse.Groups["op"].Value is var verb)
        {
            var words = text[(inverse.Index + inverse.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var (first, taken) = NumberWords.Read(words, 0);
            var next = taken == 0 ? -1 : Array.FindIndex(words, taken, word => word is "and" or "by" or "from" or "to" or "with");
            var (second, more) = next < 0 ? (0, 0) : NumberWords.Read(words, next + 1);
            if (more > 0)
            {
                return verb switch
                {
                    "add" => Result(first, "plus", second),
                    "multiply" => Result(first, "times", second),
                    "divide" => Result(first, "divided by", second),
                    _ => words[next] == "from" ? Result(second, "minus", first) : Result(first, "minus", second),
                };
            }
        }

        return null;
    }

    private static string? Sum(string text)
    {
        var words = text.Replace("+", " plus ", StringComparison.Ordinal).Replace("*", " times ", StringComparison.Ordinal).Replace("/", " over ", StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        List<double> values = [];
        List<string> operations = [];
        for (var i = 0; i < words.Length;)
        {
            var (value, count) = NumberWords.Read(words, i);
            if (count == 0)
            {
                i++;
                continue;
            }

            values.Add(value);
            i += count;
            if (i < words.Length && words[i] == "squared")
            {
                operations.Add("squared");
                break;
            }

            var operation = i < words.Length ? Operation(words, ref i) : null;
            if (operation is null)
            {
                break;
            }

            operations.Add(operation);
        }

        if (operations is ["squared"])
        {
            return $"{Say(values[0])} squared is {Say(values[0] * values[0])}.";
        }

        if (values.Count < 2 || operations.Count < values.Count - 1)
        {
            return null;
        }

        if (values.Count == 2)
        {
            return operations[0] == "percent of" ? $"{Say(values[0])} percent of {Say(values[1])} is {Say(values[0] * values[1] / 100)}." : Result(values[0], operations[0], values[1]);
        }

        var said = Say(values[0]) + string.Concat(operations.Take(values.Count - 1).Select((operation, i) => $" {operation} {Say(values[i + 1])}"));
        return Evaluate(values, operations) is { } result ? $"{said} is {Say(result)}." : "I cannot divide by zero.";
    }

    // Products before sums.
    private static double? Evaluate(List<double> values, List<string> operations)
    {
        double sum = 0, product = values[0];
        for (var i = 0; i < values.Count - 1; i++)
        {
            switch (operations[i])
            {
                case "times":
                    product *= values[i + 1];
                    break;
                case "divided by" when values[i + 1] == 0:
                    return null;
                case "divided by":
                    product /= values[i + 1];
                    break;
                default:
                    sum += product;
                    product = operations[i] == "minus" ? -values[i + 1] : values[i + 1];
                    break;
            }
        }

        return sum + product;
    }

    private static string Result(double first, string operation, double second) => operation switch
    {
        "plus" => $"{Say(first)} plus {Say(second)} is {Say(first + second)}.",
        "minus" => $"{Say(first)} minus {Say(second)} is {Say(first - second)}.",
        "times" => $"{Say(first)} times {Say(second)} is {Say(first * second)}.",
        "to the power of" => $"{Say(first)} to the power of {Say(second)} is {Say(Math.Pow(first, second))}.",
        _ when second == 0 => "I cannot divide by zero.",
        _ => $"{Say(first)} divided by {Say(second)} is {(Math.Round(first / second, 4) == first / second ? string.Empty : "about ")}{Say(first / second)}.",
    };

    private static string? Operation(string[] words, ref int at)
    {
        string? operation = words[at] switch
        {
            "plus" or "and" or "added" => "plus",
            "minus" or "less" => "minus",
            "times" or "x" or "multiplied" => "times",
            "divided" or "over" => "divided by",
            "percent" => "percent of",
            "to" when at + 2 < words.Length && words[at + 2] == "power" => "to the power of",
            _ => null,
        };
        at += operation is null ? 0 : operation == "to the power of" ? 3 : 1;
        while (operation is not null && at < words.Length && words[at] is "by" or "of" or "is" or "to" or "with")
        {
            at++;
        }

        return operation;
    }

    private static string Singular(string unit) => unit.TrimEnd('s');

    [GeneratedRegex(@"\bhow many (?<to>\w+) (?:are |is |make |do |does )?(?:there |you have |it take )*(?:in|per|make|for) (?<from>.+)$")]
    private static partial Regex HowMany();

    [GeneratedRegex(@"\bsquare root of ")]
    private static partial Regex RootOf();

    [GeneratedRegex(@"\bhalf of ")]
    private static partial Regex HalfOf();

    [GeneratedRegex(@"\b(?:twice|double) ")]
    private static partial Regex Double();

    [GeneratedRegex(@"\b(?<op>add|subtract|multiply|divide) ")]
    private static partial Regex Inverse();
}
