namespace CsmAgent.Conversation.Turns.Endpointing;

/// <summary>Judges by words alone whether a clause is finished. A rule set over the last words: recognisers give no punctuation,
/// and what must follow an English function word is known without a model. Accuracy is measured in the tests.</summary>
internal static class ClauseCompleteness
{
    // An object or a clause must follow these.
    private static readonly HashSet<string> Openers =
    [
        "a", "an", "the", "my", "your", "his", "her", "our", "their", "its", "some", "any", "every", "each", "another", "these", "those",
        "to", "of", "for", "with", "at", "from", "by", "into", "onto", "between", "without", "under", "through", "during", "until", "since",
        "and", "or", "but", "because", "if", "so", "when", "while", "than", "whether", "unless", "although", "though", "where", "which",
        "whose", "i", "we", "they", "he", "she", "i'm", "we're", "they're", "you're", "i'll", "i'd", "it's", "that's", "there's", "what's",
        "maybe", "perhaps", "very", "really", "quite", "more", "most", "such", "also", "then", "let's", "let", "please", "is", "are", "was",
        "were", "be", "am", "can", "could", "would", "will", "should", "shall", "may", "might", "must", "do", "does", "did", "have", "has",
        "had", "not", "don't", "can't", "want", "need", "times", "plus", "minus", "divided", "multiplied", "half", "about", "how", "who",
        "as", "like", "um", "uh", "er", "erm", "hmm", "well",
    ];

    // After these the verb or the preposition stands at the end by right: "turn it on", "where are you from".
    private static readonly HashSet<string> FinishedPairs =
    [
        "go on", "come on", "hold on", "hang on", "carry on", "you from", "you for", "yes please", "no please", "more please", "it please",
        "that please", "me please", "i am", "i do", "i can", "i did", "i will", "i have", "we are", "it is", "it was", "they are", "you are",
        "you do", "you can", "you will", "i was", "he is", "she is", "i don't", "i can't", "thank you", "not really", "any more", "no more",
        "once more", "about it", "who are", "of course not", "why not", "or not", "that's all", "i need", "i want", "you need",
        "you want", "to do", "you have", "i should", "of it", "music please", "story please", "joke please",
        "i have to", "want to",
    ];

    // "oh well" hesitates; after a verb it says how, as in "sleep well".
    private static readonly HashSet<string> BeforeHesitation = ["and", "but", "oh", "so", "um", "uh", "er", "yes", "yeah", "no", "okay", "ok", "hmm", "because"];

    // Whole clauses whose object is still missing, whatever follows them usually.
    private static readonly string[] MissingObject =
    [
        "tell me", "remind me", "give me", "show me", "help me with", "set a timer for", "set an alarm for", "could you", "can you",
        "would you", "i was thinking", "i was wondering", "i would like", "how many", "how much", "what is", "what are", "i mean", "you know",
        "let me see", "let me think", "my name", "call me", "my number", "ask me", "how do you say", "what about",
    ];

    private static readonly HashSet<string> Digits =
    [
        "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
        "hundred", "thousand",
    ];

    private static readonly HashSet<string> ThatAsObject =
    [
        "repeat", "do", "say", "stop", "is", "was", "like", "about", "of", "know", "read", "play", "than", "understand", "mean", "for",
        "forget", "cancel", "explain", "hear", "with", "all", "at", "did", "love", "hate", "said", "not",
    ];

    private static readonly HashSet<string> CompleteAlone =
    [
        "yes", "no", "yeah", "okay", "ok", "hello", "hi", "hey", "stop", "thanks", "goodbye", "bye", "sure", "right", "wait", "help", "please",
        "never", "continue", "cancel", "what", "why", "when", "where", "who", "morning", "nothing", "everything",
    ];

    /// <summary>Judges what was said in the turn so far.</summary>
    public static ClauseJudgement Judge(string text)
    {
        var trimmed = text.TrimEnd();
        if (trimmed.Length > 0 && trimmed[^1] is ',' or '-' or '…' or ':' || trimmed.EndsWith("...", StringComparison.Ordinal))
        {
            return new ClauseJudgement(Completeness.Incomplete, "the text breaks off");
        }

        var words = SpokenWords.Split(trimmed);
        if (words.Length == 0)
        {
            return new ClauseJudgement(Completeness.Unclear, "no words");
        }

        if (words.Length == 1)
        {
            return CompleteAlone.Contains(words[0]) ? new ClauseJudgement(Completeness.Complete, $"'{words[0]}' stands alone")
                : Openers.Contains(words[0]) ? Open(words[0])
                : new ClauseJudgement(Completeness.Unclear, "a single word");
        }

        // "please" only asks: what stands before it decides.
        if (words[^1] == "please" && words.Length > 2)
        {
            words = words[..^1];
        }

        var last = words[^1];
        var pair = $"{words[^2]} {last}";
        var joined = string.Join(' ', words);
        foreach (var clause in MissingObject)
        {
            if (joined.EndsWith(clause, StringComparison.Ordinal) && (joined.Length == clause.Length || joined[^(clause.Length + 1)] == ' ')
                && !FollowsQuestion(words, clause))
            {
                return new ClauseJudgement(Completeness.Incomplete, $"something must follow '{clause}'");
            }
        }

        if (last == "that")
        {
            return ThatAsObject.Contains(words[^2]) ? new ClauseJudgement(Completeness.Complete, "'that' is the object") : Open(last);
        }

        if (last == "well" && !BeforeHesitation.Contains(words[^2]))
        {
            return new ClauseJudgement(Completeness.Complete, "'well' says how");
        }

        if (Digits.Contains(last) && words is ["how", "much", "is", .. var rest] && rest.All(Digits.Contains))
        {
            return new ClauseJudgement(Completeness.Incomplete, "a sum needs two numbers");
        }

        if (words.Length > 3 && words[^4..].All(Digits.Contains))
        {
            return new ClauseJudgement(Completeness.Unclear, "a string of digits may go on");
        }

        if (Openers.Contains(last) && !FinishedPairs.Contains(pair))
        {
            return Open(last);
        }

        return new ClauseJudgement(Completeness.Complete, $"nothing must follow '{last}'");
    }

    // "what can you tell me", "do you know who i mean": the object stands in front.
    private static bool FollowsQuestion(string[] words, string clause) =>
        words[0] is "what" or "who" or "which" && words.Length > clause.Count(c => c == ' ') + 2;

    private static ClauseJudgement Open(string word) => new(Completeness.Incomplete, $"something must follow '{word}'");
}
