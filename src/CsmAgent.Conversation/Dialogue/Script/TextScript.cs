using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>Reads plain text and Markdown.</summary>
internal static partial class TextScript
{
    public static void Read(string text, ScriptFormat format, ScriptBuilder builder)
    {
        (string Source, string Speaker, string Text)? open = null;
        var number = 0;
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } raw && !builder.Faults.IsFull)
        {
            number++;
            var source = $"line {number}";
            var line = format == ScriptFormat.Markdown ? Plain(raw) : raw;
            var trimmed = line.Trim().TrimStart('\uFEFF');
            if (trimmed.Length == 0 || trimmed.StartsWith("//", StringComparison.Ordinal))
            {
                Close();
            }
            else if (Heading().Match(trimmed) is { Success: true } heading)
            {
                Close();
                builder.Chapter(heading.Groups["title"].Value.Trim());
            }
            else if (char.IsWhiteSpace(line[0]) && open is { } above)
            {
                open = above with { Text = $"{above.Text} {trimmed}" };
            }
            else if (trimmed[0] == '[' && BracketsOnly().IsMatch(trimmed))
            {
                Close();
                builder.Pause(source, trimmed);
            }
            else if (SpeakerLine().Match(trimmed) is { Success: true } spoken)
            {
                Close();
                open = (source, spoken.Groups["name"].Value.Trim(), spoken.Groups["text"].Value);
            }
            else
            {
                Close();
                builder.Faults.Add(source, $"no speaker: '{Shorten(trimmed)}'. Write 'Name: words', or indent the line to go on with the one above.");
            }
        }

        Close();

        void Close()
        {
            if (open is { } finished)
            {
                builder.Line(finished.Source, finished.Speaker, finished.Text);
            }

            open = null;
        }
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";

    /// <summary>Takes Markdown's marks away; what nobody speaks becomes an empty line.</summary>
    private static string Plain(string raw)
    {
        if (Rule().IsMatch(raw) || Note().IsMatch(raw) || Comment().IsMatch(raw))
        {
            return "";
        }

        var line = Bullet().Replace(raw, "");
        line = Strong().Replace(line, "${inside}");
        return Emphasis().Replace(line, "${inside}");
    }

    [GeneratedRegex(@"^(?<name>\p{L}[\p{L}\p{N} _.'’-]{0,31}?)\s*:(?<text>.*)\z")]
    private static partial Regex SpeakerLine();

    [GeneratedRegex(@"^#{1,6}\s+(?<title>.+?)\s*#*\z")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(\[[^\[\]]*\]\s*)+\z")]
    private static partial Regex BracketsOnly();

    [GeneratedRegex(@"^\s*([-*_]\s*){3,}\z")]
    private static partial Regex Rule();

    [GeneratedRegex(@"^\s*([*_])\(?[^*_:]+\)?\1\s*\z")]
    private static partial Regex Note();

    [GeneratedRegex(@"^\s*<!--.*-->\s*\z")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(>\s?|[-*+]\s+|[0-9]{1,4}[.)]\s+)+")]
    private static partial Regex Bullet();

    [GeneratedRegex(@"(?<mark>\*\*|__)(?<inside>[^*_]+?)\k<mark>")]
    private static partial Regex Strong();

    [GeneratedRegex(@"(?<![\p{L}\p{N}*_])(?<mark>\*|_|`)(?=\S)(?<inside>[^*_`]+?)(?<=\S)\k<mark>(?![\p{L}\p{N}*_])")]
    private static partial Regex Emphasis();
}
