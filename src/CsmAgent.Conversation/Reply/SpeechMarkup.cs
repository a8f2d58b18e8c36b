using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply;

/// <summary>Removes what is written for the eye: Markdown, HTML, code.</summary>
internal static partial class SpeechMarkup
{
    public static string Strip(string text)
    {
        text = Fenced().Replace(text, " ");
        text = Link().Replace(text, "$1");
        text = Html().Replace(text, " ");
        text = LineStart().Replace(text, string.Empty);
        text = Rule().Replace(text, " ");
        // A line is a sentence of its own when it does not end like one.
        text = LineEnd().Replace(text, "$1. ");
        text = Emphasis().Replace(text, "$2");
        return text.Replace('`', ' ').Replace('|', ',').Replace('*', ' ').Replace('_', ' ');
    }

    [GeneratedRegex(@"```.*?(?:```|$)", RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"!?\[([^\]\n]*)\]\([^)\n]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"</?[A-Za-z][^<>\n]*>")]
    private static partial Regex Html();

    // Headings, quotes, bullets and list numbers.
    [GeneratedRegex(@"^[ \t]*(?:#{1,6}[ \t]+|>+[ \t]?|[-*+•][ \t]+|\d{1,2}[.)][ \t]+(?=\S))", RegexOptions.Multiline)]
    private static partial Regex LineStart();

    [GeneratedRegex(@"^[ \t|:]*[-=*_|:]{3,}[-=*_|: \t]*$", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"([A-Za-z0-9)*_`""'])[ \t]*\r?\n\s*(?=\S)")]
    private static partial Regex LineEnd();

    [GeneratedRegex(@"(\*{1,3}|_{1,3}|~~)(?=\S)([^*_~\n]+?)(?<=\S)\1")]
    private static partial Regex Emphasis();
}
