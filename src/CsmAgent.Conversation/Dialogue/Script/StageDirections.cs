using System.Globalization;
using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>Reads what stands in brackets.</summary>
/// <remarks>
/// <c>[pause 0.8s]</c> waits (before the line, or inside it) · <c>[overlap 300ms]</c>, <c>[interrupting]</c> begin before the other
/// has finished · <c>[pace 0.9]</c>, <c>[slowly]</c>, <c>[quickly]</c> · <c>[level -6dB]</c>, <c>[quietly]</c>, <c>[loudly]</c> ·
/// <c>[seed 42]</c>. A bracket that is text is written <c>\[</c>.
/// </remarks>
internal static partial class StageDirections
{
    private static readonly string[] Words = ["pause", "overlap", "interrupting", "pace", "slowly", "quickly", "level", "quietly", "loudly", "seed"];

    /// <summary>Cuts a line into parts and directions.</summary>
    /// <returns>Null when the line holds directions and no words.</returns>
    public static (IReadOnlyList<LinePart> Parts, LineDirection Direction) Read(string text, LineDirection direction, Action<string> fault)
    {
        var parts = new List<LinePart>();
        var pause = TimeSpan.Zero;
        var at = 0;
        foreach (Match bracket in Brackets().Matches(text))
        {
            AddText(text[at..bracket.Index]);
            at = bracket.Index + bracket.Length;
            var (word, value) = Split(bracket.Groups["inside"].Value);
            if (word == "pause")
            {
                var length = Seconds(word, value ?? "0.6s", 60, fault);
                if (parts.Count == 0)
                {
                    direction = direction with { Pause = (direction.Pause ?? TimeSpan.Zero) + length };
                }
                else
                {
                    pause += length;
                }
            }
            else
            {
                direction = Apply(direction, word, value, fault);
            }
        }

        AddText(text[at..]);
        return (parts, direction);

        void AddText(string piece)
        {
            piece = Spaces().Replace(piece.Replace("\\[", "[", StringComparison.Ordinal), " ").Trim();
            if (piece.Length == 0)
            {
                return;
            }

            if (parts.Count > 0 && pause == TimeSpan.Zero)
            {
                parts[^1] = parts[^1] with { Text = $"{parts[^1].Text} {piece}" };
            }
            else
            {
                parts.Add(new LinePart(pause, piece));
                pause = TimeSpan.Zero;
            }
        }
    }

    /// <summary>Checks the numbers of a direction that did not come from brackets (JSON).</summary>
    public static LineDirection Check(LineDirection direction, Action<string> fault)
    {
        Within("pause", direction.Pause?.TotalSeconds ?? 0, 0, 60, "seconds", fault);
        Within("overlap", direction.Overlap.TotalSeconds, 0, 10, "seconds", fault);
        Within("pace", direction.Pace, 0.5, 2, "", fault);
        Within("level", direction.LevelDb, -40, 12, "dB", fault);
        return direction;
    }

    private static LineDirection Apply(LineDirection direction, string word, string? value, Action<string> fault)
    {
        switch (word)
        {
            case "overlap":
                return direction with { Overlap = Seconds(word, value ?? "0.4s", 10, fault) };
            case "interrupting" when value is null:
                return direction with { Overlap = TimeSpan.FromSeconds(0.4) };
            case "pace":
                return direction with { Pace = Number(word, value, 0.5, 2, "", fault) };
            case "slowly" when value is null:
                return direction with { Pace = 0.8 };
            case "quickly" when value is null:
                return direction with { Pace = 1.25 };
            case "level":
                return direction with { LevelDb = Number(word, value, -40, 12, "dB", fault) };
            case "quietly" when value is null:
                return direction with { LevelDb = -9 };
            case "loudly" when value is null:
                return direction with { LevelDb = 4 };
            case "seed":
                if (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
                {
                    return direction with { Seed = seed };
                }

                fault($"[seed {value}] needs a whole number, 0 or more");
                return direction;
            default:
                fault(Words.Contains(word)
                    ? $"[{word}] takes no value, found '{value}'"
                    : $"[{word}] is no stage direction.{NearestNames.Hint(word, Words)} Write \\[ for a bracket that is spoken.");
                return direction;
        }
    }

    private static (string Word, string? Value) Split(string inside)
    {
        inside = inside.Trim();
        var space = inside.IndexOfAny([' ', '\t', '=', ':']);
        return space < 0
            ? (inside.ToLowerInvariant(), null)
            : (inside[..space].ToLowerInvariant(), inside[(space + 1)..].Trim(' ', '\t', '=', ':') is { Length: > 0 } value ? value : null);
    }

    private static TimeSpan Seconds(string word, string value, double most, Action<string> fault)
    {
        var match = Duration().Match(value);
        if (!match.Success)
        {
            fault($"[{word} {value}] needs a time such as 0.5s or 300ms");
            return TimeSpan.Zero;
        }

        var number = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        var seconds = match.Groups["unit"].Value.StartsWith("ms", StringComparison.OrdinalIgnoreCase) ? number / 1000 : number;
        return TimeSpan.FromSeconds(Within(word, seconds, 0, most, "seconds", fault));
    }

    private static double Number(string word, string? value, double least, double most, string unit, Action<string> fault)
    {
        var text = value ?? "";
        text = unit.Length > 0 && text.EndsWith(unit, StringComparison.OrdinalIgnoreCase) ? text[..^unit.Length].Trim() : text;
        if (!double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            fault($"[{word} {value}] needs a number{(unit.Length > 0 ? " of " + unit : "")}");
            return least <= 0 ? 0 : 1;
        }

        return Within(word, number, least, most, unit, fault);
    }

    private static double Within(string word, double value, double least, double most, string unit, Action<string> fault)
    {
        if (double.IsFinite(value) && value >= least && value <= most)
        {
            return value;
        }

        fault(string.Create(CultureInfo.InvariantCulture, $"{word} is {value}; allowed are {least} to {most} {unit}").TrimEnd());
        return Math.Clamp(double.IsFinite(value) ? value : least, least, most);
    }

    [GeneratedRegex(@"(?<!\\)\[(?<inside>[^\[\]]*)\]")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^(?<number>[0-9]{1,6}(\.[0-9]{1,6})?)\s*(?<unit>ms|s|sec|seconds?)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Duration();
}
