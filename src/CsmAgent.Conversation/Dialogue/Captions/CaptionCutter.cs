namespace CsmAgent.Conversation.Dialogue.Captions;

/// <summary>Cuts a spoken line into cues that fit a screen, at the times its words end.</summary>
public static class CaptionCutter
{
    private const int MaxCharacters = 76;

    /// <summary>Cuts one line.</summary>
    /// <param name="runs">Stretches of speech between pauses: first and last audible sample, and the words with the sample each
    /// ends at, rising.</param>
    /// <param name="speaker">Who speaks.</param>
    public static IEnumerable<CaptionCue> Cut(
        IEnumerable<(long Start, long End, IReadOnlyList<(string Word, long End)> Words)> runs, string speaker)
    {
        ArgumentNullException.ThrowIfNull(runs);
        foreach (var (first, last, words) in runs)
        {
            var start = first;
            var text = "";
            for (var i = 0; i < words.Count; i++)
            {
                text = text.Length == 0 ? words[i].Word : $"{text} {words[i].Word}";
                var isLast = i == words.Count - 1;
                if (!isLast && text.Length + 1 + words[i + 1].Word.Length <= MaxCharacters)
                {
                    continue;
                }

                var end = isLast ? last : Math.Clamp(words[i].End, start + 1, last);
                yield return new CaptionCue(start, Math.Max(end, start + 1), speaker, text);
                (start, text) = (end, "");
            }
        }
    }
}
