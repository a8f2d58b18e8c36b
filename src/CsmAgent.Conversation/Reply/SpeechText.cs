using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply;

/// <summary>Turns written text into words that can be spoken: numbers, times, dates, money, units, ordinals, abbreviations and
/// symbols are spelled out; Markdown, code marks, HTML and emoji go; another script is named instead of being read.</summary>
public static partial class SpeechText
{
    private static readonly Dictionary<string, string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        ["mr."] = "Mister", ["mrs."] = "Missus", ["ms."] = "Miss", ["dr."] = "Doctor", ["prof."] = "Professor", ["st."] = "Saint", ["sr."] = "senior",
        ["jr."] = "junior", ["vs."] = "versus", ["vs"] = "versus", ["e.g."] = "for example", ["i.e."] = "that is", ["etc."] = "et cetera",
        ["approx."] = "approximately", ["dept."] = "department", ["est."] = "established", ["fig."] = "figure", ["vol."] = "volume", ["mt."] = "Mount",
        ["ave."] = "Avenue", ["blvd."] = "Boulevard", ["inc."] = "incorporated", ["ltd."] = "limited", ["a.m."] = "a m", ["p.m."] = "p m", ["u.s."] = "U S",
        ["w/"] = "with", ["w/o"] = "without", ["ok"] = "okay",
    };

    private static readonly HashSet<string> SpelledOut = new(StringComparer.Ordinal)
        { "USA", "UK", "EU", "UN", "AI", "API", "URL", "FAQ", "ID", "ATM", "CEO", "FBI", "CIA", "IT", "UI", "USB", "IP", "OS", "IQ", "EU", "HIV", "DIY", "UFO", "TV", "CD" };

    /// <summary>Makes a text speakable.</summary>
    /// <param name="text">Any text, any length.</param>
    /// <returns>ASCII letters, apostrophes, hyphens and sentence punctuation; empty when nothing is speakable.</returns>
    public static string ToWords(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var speech = SpeechMarkup.Strip(text);
        speech = WebAddress().Replace(speech, match => SayAddress(match.Value));
        speech = Email().Replace(speech, match => SayAddress(match.Value));
        speech = SpeechScripts.ToAscii(speech);
        speech = SpeechNumbers.ToWords(speech);
        speech = Word().Replace(speech, match => SayWord(match.Value));
        speech = Symbol().Replace(speech, match => SaySymbol(match.Value[0]));
        speech = Unspeakable().Replace(speech, " ");
        speech = SpaceBeforePunctuation().Replace(Spaces().Replace(speech, " "), "$1");
        speech = RepeatedPunctuation().Replace(speech, match => match.Value.Contains('?', StringComparison.Ordinal) ? "?" : match.Value[..1]).Trim(' ', ',', ';', ':', '-');
        return speech.Any(char.IsAsciiLetter) ? speech : string.Empty;
    }

    private static string SayAddress(string address)
    {
        var end = address.TrimEnd('.', ',', '!', '?', ')', ';', ':');
        var body = Scheme().Replace(end, string.Empty).TrimEnd('/');
        var query = body.IndexOfAny(['?', '#']);
        var said = (query < 0 ? body : body[..query])
            .Replace("@", " at ", StringComparison.Ordinal).Replace(".", " dot ", StringComparison.Ordinal).Replace("/", " slash ", StringComparison.Ordinal)
            .Replace("-", " dash ", StringComparison.Ordinal).Replace("_", " underscore ", StringComparison.Ordinal);
        return said + address[end.Length..];
    }

    private static string SayWord(string word)
    {
        if (Abbreviations.TryGetValue(word, out var full))
        {
            // A sentence that ends in "etc." keeps its full stop only when the splitter left one behind; the voice pauses anyway.
            return full;
        }

        var core = word.TrimEnd('.', '\'', '-');
        var tail = word[core.Length..];
        var plural = core.Length > 2 && core.EndsWith('s') && core[..^1].All(char.IsAsciiLetterUpper);
        var letters = plural ? core[..^1] : core;
        if (letters.Length is >= 2 and <= 6 && letters.All(char.IsAsciiLetterUpper)
            && (SpelledOut.Contains(letters) || !letters.Any(letter => "AEIOUY".Contains(letter, StringComparison.Ordinal))))
        {
            return string.Join(' ', letters.ToCharArray()) + (plural ? "'s" : string.Empty) + tail;
        }

        return Abbreviations.TryGetValue(core, out var bare) ? bare + tail : word;
    }

    private static string SaySymbol(char symbol) => symbol switch
    {
        '%' => " percent ",
        '&' => " and ",
        '+' => " plus ",
        '=' => " equals ",
        '@' => " at ",
        '#' => " number ",
        '/' => " slash ",
        '<' => " less than ",
        '>' => " more than ",
        '~' => " about ",
        _ => " ",
    };

    [GeneratedRegex(@"\b(?:https?://|www\.)[^\s<>""]+", RegexOptions.IgnoreCase)]
    private static partial Regex WebAddress();

    [GeneratedRegex(@"\b[\w.+-]+@[\w-]+\.[\w.-]*\w", RegexOptions.IgnoreCase)]
    private static partial Regex Email();

    [GeneratedRegex(@"^(?:https?://)?(?:www\.)?", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();

    [GeneratedRegex(@"(?<![A-Za-z])(?:[A-Za-z]\.){2,}|(?<![A-Za-z])w/o?(?= )|[A-Za-z][A-Za-z'-]*\.?")]
    private static partial Regex Word();

    [GeneratedRegex(@"[%&+=@#/<>~]")]
    private static partial Regex Symbol();

    [GeneratedRegex(@"[^A-Za-z'.,;:!?\- ]+|(?<![A-Za-z])['\-]+|['\-]+(?![A-Za-z])")]
    private static partial Regex Unspeakable();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@" +([.,;:!?])")]
    private static partial Regex SpaceBeforePunctuation();

    [GeneratedRegex(@"[.,;:!?](?:\s*[.,;:!?])+")]
    private static partial Regex RepeatedPunctuation();
}
