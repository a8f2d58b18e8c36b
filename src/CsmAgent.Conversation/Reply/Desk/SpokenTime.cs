using System.Globalization;
using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Times and spans as people say them.</summary>
internal static partial class SpokenTime
{
    /// <summary>The first span in the text: "five minutes", "an hour and a half", "1 hour 20 minutes"; null when there is none.</summary>
    public static TimeSpan? Span(string normalized)
    {
        var words = normalized.Split(' ');
        TimeSpan? total = null;
        for (var i = 0; i < words.Length;)
        {
            var (value, count) = NumberWords.Read(words, i);
            var half = false;
            if (count == 0)
            {
                (value, count, half) = words[i] switch
                {
                    "half" when Next(i + 1) is "a" or "an" => (0.5, 2, true),
                    "half" => (0.5, 1, true),
                    "a" when Next(i + 1) == "couple" => (2, Next(i + 2) == "of" ? 3 : 2, false),
                    "a" when Next(i + 1) == "few" => (3, 2, false),
                    "a" or "an" or "another" => (1, 1, false),
                    _ => (0, 0, false),
                };
            }

            var unit = Unit(count == 0 ? string.Empty : Next(i + count));
            if (unit is null)
            {
                // "an hour and a half": the half belongs to the unit before.
                if (half && total is not null && i >= 2)
                {
                    total += 0.5 * (Unit(words[..i].LastOrDefault(word => Unit(word) is not null) ?? string.Empty) ?? TimeSpan.Zero);
                }

                i += Math.Max(1, count);
                if (total is not null && i < words.Length && words[i] is not ("and" or "a" or "half") && NumberWords.Read(words, i).Count == 0)
                {
                    break;
                }

                continue;
            }

            total = (total ?? TimeSpan.Zero) + value * unit.Value;
            i += count + 1;
        }

        return total > TimeSpan.Zero && total < TimeSpan.FromDays(400) ? total : null;

        string Next(int index) => index < words.Length ? words[index] : string.Empty;
    }

    /// <summary>A moment in the user's words: "at three o'clock", "tomorrow morning", "in ten minutes", "on monday"; null when it says none.</summary>
    public static DateTimeOffset? Moment(string normalized, DateTimeOffset now)
    {
        if (InSpan().IsMatch(normalized) && Span(normalized) is { } span)
        {
            return now + span;
        }

        var day = now.Date;
        var dayGiven = true;
        if (normalized.Contains("tomorrow", StringComparison.Ordinal))
        {
            day = day.AddDays(1);
        }
        else if (Weekday().Match(normalized) is { Success: true } weekday)
        {
            var wanted = Enum.Parse<DayOfWeek>(weekday.Value, ignoreCase: true);
            day = day.AddDays(((int)wanted - (int)now.DayOfWeek + 6) % 7 + 1);
        }
        else
        {
            dayGiven = normalized.Contains("today", StringComparison.Ordinal) || normalized.Contains("tonight", StringComparison.Ordinal);
        }

        var part = PartOfDay(normalized);
        var time = TimeOfDay(normalized, part) ?? part;
        if (time is not { } at)
        {
            return dayGiven && day > now.Date ? new DateTimeOffset(day.AddHours(9), now.Offset) : null;
        }

        var moment = new DateTimeOffset(day + at, now.Offset);
        // "at three" said at four means the next three o'clock.
        while (moment <= now)
        {
            moment = moment.AddHours(dayGiven || at >= TimeSpan.FromHours(12) || part is not null ? 24 : 12);
        }

        return moment;
    }

    /// <summary>"5 minutes", "1 hour and 30 minutes".</summary>
    public static string Say(TimeSpan span)
    {
        List<string> parts = [];
        void Part(int count, string unit)
        {
            if (count > 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? string.Empty : "s")}"));
            }
        }

        Part(span.Days, "day");
        Part(span.Hours, "hour");
        Part(span.Minutes, "minute");
        Part(span.Days > 0 || span.Hours > 0 ? 0 : span.Seconds, "second");
        return parts.Count switch
        {
            0 => "less than a second",
            1 => parts[0],
            _ => string.Join(", ", parts[..^1]) + " and " + parts[^1],
        };
    }

    /// <summary>"3:05 p.m.", "noon", "3 o'clock".</summary>
    public static string Say(DateTimeOffset time) => (time.Hour, time.Minute) switch
    {
        (0, 0) => "midnight",
        (12, 0) => "noon",
        (_, 0) => string.Create(CultureInfo.InvariantCulture, $"{(time.Hour + 11) % 12 + 1} {(time.Hour < 12 ? "am" : "pm")}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(time.Hour + 11) % 12 + 1}:{time.Minute:00} {(time.Hour < 12 ? "am" : "pm")}"),
    };

    private static TimeSpan? PartOfDay(string text) =>
        text.Contains("morning", StringComparison.Ordinal) ? TimeSpan.FromHours(9)
        : text.Contains("afternoon", StringComparison.Ordinal) ? TimeSpan.FromHours(15)
        : text.Contains("evening", StringComparison.Ordinal) || text.Contains("tonight", StringComparison.Ordinal) ? TimeSpan.FromHours(19)
        : text.Contains("noon", StringComparison.Ordinal) || text.Contains("lunch", StringComparison.Ordinal) ? TimeSpan.FromHours(12)
        : text.Contains("midnight", StringComparison.Ordinal) ? TimeSpan.Zero
        : null;

    private static TimeSpan? TimeOfDay(string text, TimeSpan? part)
    {
        var clock = Clock().Match(text);
        if (!clock.Success)
        {
            return null;
        }

        var words = text[clock.Groups["rest"].Index..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (hour, taken) = NumberWords.Read(words, 0);
        if (taken == 0 || hour is < 0 or > 24 || hour != Math.Floor(hour))
        {
            return null;
        }

        var (minute, more) = NumberWords.Read(words, taken);
        minute = more > 0 && minute is >= 0 and < 60 && minute == Math.Floor(minute) ? minute : 0;
        minute = clock.Groups["before"].Value switch { "half past " => 30, "quarter past " => 15, "quarter to " => -15, _ => minute };
        var later = text.Contains(" p m", StringComparison.Ordinal) || text.Contains("pm", StringComparison.Ordinal) || part >= TimeSpan.FromHours(15);
        var earlier = text.Contains(" a m", StringComparison.Ordinal) || Morning().IsMatch(text);
        hour = later && hour < 12 ? hour + 12 : earlier && hour == 12 ? 0 : hour % 24;
        // Without a word about it, one to six is the afternoon.
        hour = !later && !earlier && hour is >= 1 and <= 6 ? hour + 12 : hour;
        return TimeSpan.FromMinutes((hour * 60 + minute + 1440) % 1440);
    }

    private static TimeSpan? Unit(string word) => word.TrimEnd('s') switch
    {
        "second" or "sec" => TimeSpan.FromSeconds(1),
        "minute" or "min" => TimeSpan.FromMinutes(1),
        "hour" or "hr" => TimeSpan.FromHours(1),
        "day" => TimeSpan.FromDays(1),
        "week" => TimeSpan.FromDays(7),
        _ => null,
    };

    [GeneratedRegex(@"\b(?:in|after) (?!the\b|my\b)")]
    private static partial Regex InSpan();

    [GeneratedRegex(@"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b")]
    private static partial Regex Weekday();

    [GeneratedRegex(@"\b(?:at|by|around|before|to|for) (?:about )?(?<before>half past |quarter past |quarter to |)(?<rest>(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve).*)$")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\b(?:morning|\d ?am)\b")]
    private static partial Regex Morning();
}
