using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>A recognised utterance made uniform: lower case, no punctuation, contractions written out, digits as they are.</summary>
internal static partial class Utterance
{
    private static readonly Dictionary<string, string> Contractions = new(StringComparer.Ordinal)
    {
        ["what's"] = "what is", ["who's"] = "who is", ["that's"] = "that is", ["it's"] = "it is", ["i'm"] = "i am", ["i'd"] = "i would", ["i'll"] = "i will",
        ["i've"] = "i have", ["you're"] = "you are", ["how's"] = "how is", ["where's"] = "where is", ["when's"] = "when is", ["let's"] = "let us",
        ["don't"] = "do not", ["didn't"] = "did not", ["doesn't"] = "does not", ["can't"] = "can not", ["couldn't"] = "could not", ["won't"] = "will not",
        ["isn't"] = "is not", ["wanna"] = "want to", ["gonna"] = "going to", ["gimme"] = "give me", ["ok"] = "okay", ["oclock"] = "o'clock", ["cannot"] = "can not",
        ["whats"] = "what is", ["dont"] = "do not", ["im"] = "i am", ["there's"] = "there is", ["today's"] = "today s", ["tomorrow's"] = "tomorrow s",
        ["what're"] = "what are", ["how're"] = "how are", ["mister"] = "mr", ["percent"] = "percent", ["&"] = "and",
    };

    public static string Normalize(string text)
    {
        var plain = NotAWord().Replace(Clock().Replace(text.ToLowerInvariant().Replace('’', '\''), "$1 $2"), " ");
        plain = plain.Replace("per cent", "percent", StringComparison.Ordinal);
        var words = plain.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim('\'', '-', '.', ','))
            .Where(word => word.Length > 0)
            .Select(word => Contractions.GetValueOrDefault(word, word))
            .ToList();
        // A filler among words says nothing; alone it is what was said.
        var spoken = words.Where(word => word is not ("um" or "uh" or "er" or "erm")).ToList();
        return string.Join(' ', spoken.Count > 1 ? spoken : words);
    }

    /// <summary>Takes off what people begin with before they say what they want.</summary>
    public static string WithoutOpening(string normalized)
    {
        var bare = Opening().Replace(normalized, string.Empty);
        return bare.Length == 0 ? normalized : bare;
    }

    [GeneratedRegex(@"(\d):(\d)")]
    private static partial Regex Clock();

    [GeneratedRegex(@"[^a-z0-9'.&%+*/$-]+|(?<!\d)[.](?!\d)|(?<!\d)[-](?!\d)|[.](?!\d)")]
    private static partial Regex NotAWord();

    [GeneratedRegex(@"^(?:(?:well|so|hey|okay|hi|hello|and|but|now|please|oh|alright|excuse me|sorry|no|yes|yeah|computer|assistant|(?:could|can|would|will) you (?:please |kindly |just |maybe )?(?:tell me,? )?(?=\w)|do you know (?=what|how|when|who)|tell me (?=what|how|when|who|the (?:time|date|day))|i (?:want|need|would like) (?:you )?to (?=\w)|please) )+")]
    private static partial Regex Opening();
}
