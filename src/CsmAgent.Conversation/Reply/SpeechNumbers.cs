using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply;

/// <summary>Spells out everything with digits, most specific reading first: dates, times, money, units, then plain numbers.</summary>
internal static partial class SpeechNumbers
{
    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private static readonly Dictionary<string, (string One, string Many, string Part)> Currencies = new(StringComparer.Ordinal)
    {
        ["$"] = ("dollar", "dollars", "cent"), ["€"] = ("euro", "euros", "cent"), ["£"] = ("pound", "pounds", "penny"), ["¥"] = ("yen", "yen", "sen"),
    };

    private static readonly Dictionary<string, (string One, string Many)> Units = new(StringComparer.Ordinal)
    {
        ["km/h"] = ("kilometer per hour", "kilometers per hour"), ["mph"] = ("mile per hour", "miles per hour"), ["m/s"] = ("meter per second", "meters per second"),
        ["km"] = ("kilometer", "kilometers"), ["cm"] = ("centimeter", "centimeters"), ["mm"] = ("millimeter", "millimeters"), ["m"] = ("meter", "meters"),
        ["kg"] = ("kilogram", "kilograms"), ["mg"] = ("milligram", "milligrams"), ["g"] = ("gram", "grams"), ["lb"] = ("pound", "pounds"), ["lbs"] = ("pound", "pounds"),
        ["oz"] = ("ounce", "ounces"), ["ft"] = ("foot", "feet"), ["mi"] = ("mile", "miles"), ["yd"] = ("yard", "yards"), ["l"] = ("liter", "liters"),
        ["L"] = ("liter", "liters"), ["ml"] = ("milliliter", "milliliters"), ["ms"] = ("millisecond", "milliseconds"), ["s"] = ("second", "seconds"),
        ["sec"] = ("second", "seconds"), ["min"] = ("minute", "minutes"), ["mins"] = ("minute", "minutes"), ["h"] = ("hour", "hours"), ["hr"] = ("hour", "hours"),
        ["hrs"] = ("hour", "hours"), ["Hz"] = ("hertz", "hertz"), ["kHz"] = ("kilohertz", "kilohertz"), ["MHz"] = ("megahertz", "megahertz"),
        ["GHz"] = ("gigahertz", "gigahertz"), ["KB"] = ("kilobyte", "kilobytes"), ["kB"] = ("kilobyte", "kilobytes"), ["MB"] = ("megabyte", "megabytes"),
        ["GB"] = ("gigabyte", "gigabytes"), ["TB"] = ("terabyte", "terabytes"), ["W"] = ("watt", "watts"), ["kW"] = ("kilowatt", "kilowatts"), ["V"] = ("volt", "volts"),
        ["dB"] = ("decibel", "decibels"), ["%"] = ("percent", "percent"), ["°C"] = ("degree Celsius", "degrees Celsius"), ["°F"] = ("degree Fahrenheit", "degrees Fahrenheit"),
        ["°"] = ("degree", "degrees"), ["k"] = ("thousand", "thousand"), ["K"] = ("thousand", "thousand"), ["x"] = ("times", "times"),
    };

    private static readonly string[] Halves = ["", "", "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

    public static string ToWords(string text)
    {
        text = IsoDate().Replace(text, match => Date(match, 1, 2, 3));
        text = SlashDate().Replace(text, match => Date(match, 3, 1, 2));
        text = MonthDay().Replace(text, match => Day(Month(match.Groups[1].Value), match.Groups[2].Value, match.Groups[3].Value));
        text = DayMonth().Replace(text, match => Day(Month(match.Groups[2].Value), match.Groups[1].Value, match.Groups[3].Value));
        text = Clock().Replace(text, Time);
        text = HourOnly().Replace(text, match => $"{Cardinal(match.Groups[1].Value)} {match.Groups[2].Value.ToLowerInvariant()} m");
        text = Money().Replace(text, SayMoney);
        text = DashedDigits().Replace(text, match => NumberGroups(match.Value));
        text = Range().Replace(text, "$1 to $2");
        text = Fraction().Replace(text, SayFraction);
        text = Quantity().Replace(text, SayQuantity);
        text = WrittenOrdinal().Replace(text, match => NumberWords.Ordinal(long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));
        text = YearInContext().Replace(text, match => match.Groups[1].Value + NumberWords.Year(int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)) + (match.Groups[3].Success ? "s" : string.Empty));
        text = NumberSign().Replace(text, "number $1");
        return Plain().Replace(text, match => " " + NumberWords.AsWritten(match.Value) + " ");
    }

    private static string Cardinal(string digits) => NumberWords.Cardinal(BigInteger.Parse(digits, CultureInfo.InvariantCulture));

    private static string Date(Match match, int year, int month, int day)
    {
        var number = int.Parse(match.Groups[month].Value, CultureInfo.InvariantCulture);
        return number is < 1 or > 12 ? match.Value : Day(Months[number - 1], match.Groups[day].Value, match.Groups[year].Value);
    }

    private static string Day(string month, string day, string year) =>
        $"{month} {NumberWords.Ordinal(int.Parse(day, CultureInfo.InvariantCulture))}{(year.Length == 0 ? string.Empty : ", " + NumberWords.Year(int.Parse(year, CultureInfo.InvariantCulture)))}";

    private static string Month(string name) => Array.Find(Months, month => month.StartsWith(name[..3], StringComparison.OrdinalIgnoreCase))!;

    private static string Time(Match match)
    {
        var hour = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        var minute = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        var half = match.Groups[3].Success ? $" {match.Groups[3].Value.ToLowerInvariant()} m" : string.Empty;
        if (hour > 24 || minute > 59)
        {
            return match.Value;
        }

        var minutes = minute switch
        {
            0 => half.Length == 0 && hour is >= 1 and <= 12 ? " o'clock" : half.Length == 0 ? " hundred hours" : string.Empty,
            < 10 => " oh " + Cardinal(match.Groups[2].Value),
            _ => " " + Cardinal(match.Groups[2].Value),
        };
        return Cardinal(match.Groups[1].Value) + minutes + half;
    }

    private static string SayMoney(Match match)
    {
        var (one, many, part) = Currencies[match.Groups[1].Value];
        var whole = match.Groups[2].Value.Replace(",", string.Empty, StringComparison.Ordinal);
        var cents = match.Groups[3].Value;
        var scale = match.Groups[4].Value.Trim();
        if (scale.Length > 0)
        {
            scale = scale switch { "k" or "K" => "thousand", "M" or "m" => "million", "B" or "bn" => "billion", _ => scale };
            return $"{NumberWords.AsWritten(whole + (cents.Length > 0 ? "." + cents : string.Empty))} {scale} {many}";
        }

        var words = $"{Cardinal(whole)} {(whole == "1" ? one : many)}";
        if (cents.Length != 2 || cents == "00")
        {
            return cents.Trim('0').Length == 0 ? words : $"{NumberWords.AsWritten(whole + "." + cents)} {many}";
        }

        var parts = cents == "01" ? part : part == "penny" ? "pence" : part + "s";
        var rest = $"{Cardinal(cents)} {parts}";
        return whole == "0" ? rest : $"{words} and {rest}";
    }

    private static string NumberGroups(string digits) =>
        string.Join(", ", digits.Split('-', ' ', '(', ')').Where(group => group.Length > 0).Select(NumberWords.Digits));

    private static string SayFraction(Match match)
    {
        var (top, bottom) = (int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));
        if (top < 1 || bottom is < 2 or > 10 || top >= bottom)
        {
            return match.Value;
        }

        var name = top == 1 ? Halves[bottom] : bottom == 2 ? "halves" : Halves[bottom] + "s";
        var whole = match.Groups[1].Value.Trim();
        return whole.Length == 0 ? $"{Cardinal(match.Groups[2].Value)} {name}" : $"{Cardinal(whole)} and {(top == 1 ? bottom == 8 ? "an" : "a" : Cardinal(match.Groups[2].Value))} {name}";
    }

    private static string SayQuantity(Match match)
    {
        var number = match.Groups[1].Value;
        var (one, many) = Units[match.Groups[2].Value];
        return $"{NumberWords.AsWritten(number)} {(number is "1" or "-1" ? one : many)}";
    }

    private const string MonthNames = "(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";

    [GeneratedRegex(@"\b([12]\d{3})-(\d{2})-(\d{1,2})\b(?:T[\d:.]+Z?)?")]
    private static partial Regex IsoDate();

    [GeneratedRegex(@"\b(\d{1,2})/(\d{1,2})/([12]\d{3})\b")]
    private static partial Regex SlashDate();

    [GeneratedRegex(@"\b" + MonthNames + @"\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? ([12]\d{3})\b)?")]
    private static partial Regex MonthDay();

    [GeneratedRegex(@"\b(\d{1,2})(?:st|nd|rd|th)? (?:of )?" + MonthNames + @"\b\.?(?:,? ([12]\d{3})\b)?")]
    private static partial Regex DayMonth();

    [GeneratedRegex(@"\b(\d{1,2}):(\d{2})(?::\d{2})?(?: ?([aApP])(?:\.[mM]\.|[mM]\b))?")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\b(\d{1,2}) ?([aApP])(?:\.[mM]\.|[mM]\b)")]
    private static partial Regex HourOnly();

    [GeneratedRegex(@"([$€£¥]) ?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?( ?(?:thousand|million|billion|trillion|bn)\b| ?[kKMBm]\b)?")]
    private static partial Regex Money();

    // Telephone numbers: groups of digits with dashes, or an area code in brackets.
    [GeneratedRegex(@"(?<![\w.,-])(?:\(\d{3}\) ?)?\d{3}-\d{4}\b|(?<![\w.,-])\d{3}-\d{3}-\d{4}\b")]
    private static partial Regex DashedDigits();

    [GeneratedRegex(@"(?<![\d\w])(\d+(?:\.\d+)?) ?- ?(\d+(?:\.\d+)?)(?![\d-])")]
    private static partial Regex Range();

    [GeneratedRegex(@"(?<![\d/.])(?:(\d+) )?(\d{1,2})/(\d{1,2})(?![\d/])")]
    private static partial Regex Fraction();

    [GeneratedRegex(@"(?<![\w.])(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?) ?(km/h|m/s|mph|kHz|MHz|GHz|Hz|km|cm|mm|kg|mg|lbs|lb|oz|ft|mi|yd|ml|ms|mins|min|sec|hrs|hr|KB|kB|MB|GB|TB|kW|dB|°C|°F|°|%|[mglLshWVkKx](?![\w'.]))(?![A-Za-z])")]
    private static partial Regex Quantity();

    [GeneratedRegex(@"\b(\d{1,9})(?:st|nd|rd|th)\b")]
    private static partial Regex WrittenOrdinal();

    [GeneratedRegex(@"(\b(?:in|since|from|until|till|year|of|early|late|around|by|before|after|during|the|January|February|March|April|May|June|July|August|September|October|November|December),? )(1[0-9]\d{2}|20\d{2})\b(?!,\d|\.\d| [a-z]*(?:people|meters|feet|miles|kilo|dollars|euros|times|words|steps))(s)?", RegexOptions.IgnoreCase)]
    private static partial Regex YearInContext();

    [GeneratedRegex(@"(?:\bNo\. ?|#)(?=\d)(\d+)")]
    private static partial Regex NumberSign();

    [GeneratedRegex(@"(?<![\w])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\d+")]
    private static partial Regex Plain();
}
