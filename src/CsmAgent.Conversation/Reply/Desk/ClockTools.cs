using System.ComponentModel;
using System.Globalization;
using Microsoft.SemanticKernel;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Time and date.</summary>
/// <param name="time">The clock and the time zone of the desk.</param>
public sealed class ClockTools(TimeProvider time)
{
    private static readonly Dictionary<string, string> Zones = new(StringComparer.OrdinalIgnoreCase)
    {
        ["london"] = "Europe/London", ["england"] = "Europe/London", ["paris"] = "Europe/Paris", ["france"] = "Europe/Paris", ["berlin"] = "Europe/Berlin",
        ["germany"] = "Europe/Berlin", ["madrid"] = "Europe/Madrid", ["spain"] = "Europe/Madrid", ["rome"] = "Europe/Rome", ["italy"] = "Europe/Rome",
        ["vienna"] = "Europe/Vienna", ["dublin"] = "Europe/Dublin", ["moscow"] = "Europe/Moscow", ["cairo"] = "Africa/Cairo", ["delhi"] = "Asia/Kolkata",
        ["india"] = "Asia/Kolkata", ["beijing"] = "Asia/Shanghai", ["china"] = "Asia/Shanghai", ["tokyo"] = "Asia/Tokyo", ["japan"] = "Asia/Tokyo",
        ["sydney"] = "Australia/Sydney", ["australia"] = "Australia/Sydney", ["new york"] = "America/New_York", ["boston"] = "America/New_York",
        ["toronto"] = "America/Toronto", ["chicago"] = "America/Chicago", ["denver"] = "America/Denver", ["los angeles"] = "America/Los_Angeles",
        ["california"] = "America/Los_Angeles", ["san francisco"] = "America/Los_Angeles", ["seattle"] = "America/Los_Angeles",
    };

    /// <summary>Places whose time is known.</summary>
    public static IEnumerable<string> Places => Zones.Keys;

    /// <summary>The time of day.</summary>
    [KernelFunction("get_time"), Description("Says the time of day now, at the desk or in another city.")]
    public string GetTime([Description("A large city or country in English; empty for the time here.")] string place = "")
    {
        ArgumentNullException.ThrowIfNull(place);
        var here = time.GetLocalNow();
        if (place.Length == 0)
        {
            return $"It is {SpokenTime.Say(here)}.";
        }

        var name = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(place);
        if (!Zones.TryGetValue(place, out var zone) || !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found))
        {
            return $"I do not know the time in {name}. Here it is {SpokenTime.Say(here)}.";
        }

        var there = TimeZoneInfo.ConvertTime(here, found);
        return $"In {name} it is {SpokenTime.Say(there)}{(there.Date == here.Date ? string.Empty : $" on {there.DayOfWeek}")}.";
    }

    /// <summary>A date.</summary>
    [KernelFunction("get_date"), Description("Says the weekday and date of a day.")]
    public string GetDate([Description("today, tomorrow, yesterday, or a weekday's name for its next occurrence.")] string day = "today")
    {
        ArgumentNullException.ThrowIfNull(day);
        var now = time.GetLocalNow();
        var wanted = day.Trim().ToLowerInvariant();
        var (name, date) = wanted switch
        {
            "tomorrow" => ("Tomorrow is", now.AddDays(1)),
            "yesterday" => ("Yesterday was", now.AddDays(-1)),
            _ when Enum.TryParse<DayOfWeek>(wanted, ignoreCase: true, out var weekday) =>
                ($"Next {weekday} is", now.AddDays(((int)weekday - (int)now.DayOfWeek + 6) % 7 + 1)),
            _ => ("Today is", now),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{name} {date:dddd}, {date:MMMM} {date.Day}, {date.Year}.");
    }

    /// <summary>Days until a weekday.</summary>
    [KernelFunction("days_until"), Description("Says how many days are left until a weekday.")]
    public string DaysUntil([Description("A weekday's English name.")] string weekday)
    {
        var now = time.GetLocalNow();
        return Enum.TryParse<DayOfWeek>(weekday, ignoreCase: true, out var day)
            ? (((int)day - (int)now.DayOfWeek + 7) % 7) switch
            {
                0 => $"It is {day} today.",
                1 => $"It is {day} tomorrow.",
                var days => $"There are {days} days until {day}.",
            }
            : GetDate();
    }
}
