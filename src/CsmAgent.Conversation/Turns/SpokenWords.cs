namespace CsmAgent.Conversation.Turns;

/// <summary>Text as words: lower case, letters, digits and apostrophes only.</summary>
internal static class SpokenWords
{
    public static string[] Split(string text)
    {
        var clean = string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                var c = source[i];
                span[i] = char.IsLetterOrDigit(c) || c == '\'' ? char.ToLowerInvariant(c) : ' ';
            }
        });
        return clean.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Joins two stretches of text with one space.</summary>
    public static string Join(string first, string second) =>
        first.Length == 0 ? second : second.Length == 0 ? first : $"{first} {second}";
}
