namespace CsmAgent.Conversation.Turns.Interruption;

/// <summary>Tells an interruption from a backchannel by its words.</summary>
internal sealed class InterruptionJudge
{
    // One of these is enough, at once.
    private static readonly HashSet<string> StopWords =
        ["stop", "wait", "no", "hold", "quiet", "silence", "enough", "cancel", "pause", "sorry", "excuse", "listen", "hey", "shush", "actually"];

    // What recognisers write for "mhm" when they must write something; alone they mean nothing.
    private static readonly HashSet<string> Empty =
        ["a", "an", "the", "them", "then", "him", "hem", "hum", "home", "and", "in", "on", "of", "it", "i", "he", "her", "at", "is", "am", "are", "or", "uh", "um"];

    private readonly string[][] _backchannels;

    public InterruptionJudge(IEnumerable<string> backchannels) =>
        _backchannels = [.. backchannels.Select(SpokenWords.Split).Where(words => words.Length > 0).OrderByDescending(words => words.Length)];

    /// <summary>Judges the text so far.</summary>
    /// <param name="text">What was recognised.</param>
    /// <param name="isFinal">True when no more will come.</param>
    /// <param name="isShort">True for a sound too short for two words: recognisers write a random word for "mhm".</param>
    public Verdict Judge(string text, bool isFinal, bool isShort)
    {
        var words = SpokenWords.Split(text);
        if (words.Length == 0)
        {
            return isFinal ? Verdict.Backchannel : Verdict.Undecided;
        }

        if (words.Any(StopWords.Contains))
        {
            return Verdict.Interrupts;
        }

        if (IsOnlyBackchannels(words))
        {
            return Verdict.Backchannel;
        }

        if (words.All(Empty.Contains))
        {
            return isFinal ? Verdict.Backchannel : Verdict.Undecided;
        }

        if (words.Length >= 2 && !isShort)
        {
            return Verdict.Interrupts;
        }

        return isFinal ? (isShort ? Verdict.Backchannel : Verdict.Interrupts) : Verdict.Undecided;
    }

    private bool IsOnlyBackchannels(ReadOnlySpan<string> words)
    {
        while (words.Length > 0)
        {
            var taken = 0;
            foreach (var phrase in _backchannels)
            {
                if (words.StartsWith(phrase))
                {
                    taken = phrase.Length;
                    break;
                }
            }

            if (taken == 0)
            {
                return false;
            }

            words = words[taken..];
        }

        return true;
    }
}
