namespace CsmAgent.Conversation.Turns.Interruption;

/// <summary>Tells from the words whom speech over the agent's voice is meant for. The beginning counts: people open with what they
/// want, and further on every sentence has a "no" or a "you" in it; but "where would you" asks wherever it stands.</summary>
internal sealed class AddressedWords
{
    private static readonly HashSet<string> Stops =
        ["stop", "wait", "no", "hold", "quiet", "silence", "enough", "cancel", "pause", "sorry", "excuse", "listen", "shush", "actually"];

    private const string Call = "hey";

    // Before what matters: "okay so what is …".
    private static readonly HashSet<string> Openings = ["um", "uh", "well", "so", "okay", "ok", "and", "but", "oh", "yes", "yeah", "right", "now", "please", "just", "then", Call];

    // What recognisers write for "mhm" when they must write something; alone they mean nothing.
    private static readonly HashSet<string> Empty =
        ["a", "an", "the", "them", "then", "him", "hem", "hum", "home", "and", "in", "on", "of", "it", "i", "he", "her", "at", "is", "am", "are", "or", "uh", "um", Call];

    // These ask whatever follows, but for "what a day", "what and" and "what's never".
    private static readonly HashSet<string> Questions =
        ["what", "what's", "who's", "where's", "when's", "how's", "why's"];

    private static readonly HashSet<string> AsksNothing = ["a", "an", "and", "or", "but", "never"];

    // These ask only when a verb or a measure follows: "when he came" and "who even knew" are no questions.
    private static readonly HashSet<string> Interrogatives = ["who", "where", "when", "why", "how"];

    private static readonly HashSet<string> Measures = ["much", "many", "long", "old", "far", "late", "about", "come", "big", "to", "people", "not"];

    private static readonly HashSet<string> Auxiliaries =
        ["can", "could", "would", "will", "do", "does", "did", "don't", "is", "are", "was", "were", "have", "has", "should", "may", "shall"];

    private static readonly HashSet<string> Subjects = ["you", "i", "we", "it", "that", "this", "there", "they", "my", "your"];

    private static readonly HashSet<string> Persons = ["i", "i'm", "i've", "i'd", "i'll", "my", "let's"];

    // "Do i mean …": who asks so answers it too.
    private static readonly HashSet<string> OwnThoughts = ["mean", "say", "think", "believe", "suppose"];

    // "My name is …", "i want …": who says so wants something of the listener.
    private static readonly HashSet<(string First, string Second)> Wishes =
        [("my", "name"), ("i", "want"), ("i", "need"), ("i", "would"), ("i'd", "like"), ("i", "meant"), ("i", "mean"), ("i", "said")];

    private static readonly HashSet<string> Requests =
    [
        "tell", "set", "remind", "repeat", "speak", "talk", "say", "give", "show", "play", "read", "explain", "help", "make", "take", "call",
        "turn", "start", "skip", "slow", "change", "remember", "forget", "add", "delete", "open", "find", "go",
    ];

    // What an agent at a desk is asked for: however the verb before them was misheard, these are wanted of it.
    private static readonly HashSet<string> Services =
        ["timer", "timers", "alarm", "alarms", "reminder", "reminders", "joke", "jokes", "weather", "o'clock", "plus", "minus", "divided"];

    // As many in a row are dictated: a telephone number, a sum.
    private const int DictatedNumbers = 4;

    private static readonly HashSet<string> Numbers =
    [
        "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
        "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million",
    ];

    private readonly string[][] _backchannels;

    public AddressedWords(IEnumerable<string> backchannels) =>
        _backchannels = [.. backchannels.Select(SpokenWords.Split).Where(words => words.Length > 0).OrderByDescending(words => words.Length)];

    public Addressee Judge(ReadOnlySpan<string> words)
    {
        if (words.Length == 0)
        {
            return Addressee.Nothing;
        }

        if (AreBackchannels(words))
        {
            return Addressee.Listener;
        }

        var isCalled = words.Contains(Call);
        while (words.Length > 1 && Openings.Contains(words[0]))
        {
            words = words[1..];
        }

        var second = words.Length > 1 ? words[1] : "";
        if (Stops.Contains(words[0]) || Stops.Contains(second))
        {
            return Addressee.Stop;
        }

        if (words.Length > 1 && ((Questions.Contains(words[0]) && !AsksNothing.Contains(second)) || Requests.Contains(words[0]) || words[^1] == "please"
            || (Interrogatives.Contains(words[0]) && (Auxiliaries.Contains(second) || Measures.Contains(second)))
            || (Auxiliaries.Contains(words[0]) && Subjects.Contains(second) && !AsksThemselves(words))
            || AsksWhich(words) || Wishes.Contains((words[0], second)) || AskSomebody(words) || AskForService(words)))
        {
            return Addressee.Request;
        }

        // "If you could …", "did you …" misheard: somebody is spoken to.
        var opening = words[..Math.Min(3, words.Length)];
        if (words.Length > 1 && (Persons.Contains(words[0]) || opening.Contains("you") || opening.Contains("your")))
        {
            return Addressee.Personal;
        }

        foreach (var word in words)
        {
            if (!Empty.Contains(word))
            {
                return Addressee.Anybody;
            }
        }

        return isCalled ? Addressee.Call : Addressee.Nothing;
    }

    private static bool AsksThemselves(ReadOnlySpan<string> words) => words.Length > 2 && words[0] == "do" && words[1] == "i" && OwnThoughts.Contains(words[2]);

    // "which song is": but "which is" only goes on with what was said before.
    private static bool AsksWhich(ReadOnlySpan<string> words) =>
        words.Length > 2 && words[0] is "which" or "whose" && !Auxiliaries.Contains(words[1]) && Auxiliaries.Contains(words[2]);

    // "(If you could travel,) where would you go": whoever hears it is asked, however its beginning was misheard.
    private static bool AskSomebody(ReadOnlySpan<string> words)
    {
        for (var i = 1; i + 2 < words.Length; i++)
        {
            if ((words[i - 1] == "what" || Interrogatives.Contains(words[i - 1])) && Auxiliaries.Contains(words[i]) && words[i + 1] == "you")
            {
                return true;
            }
        }

        return false;
    }

    // Two words are as easily made of a murmur.
    private static bool AskForService(ReadOnlySpan<string> words)
    {
        var numbers = 0;
        foreach (var word in words)
        {
            numbers = Numbers.Contains(word) ? numbers + 1 : 0;
            if (numbers == DictatedNumbers || (words.Length > 2 && Services.Contains(word)))
            {
                return true;
            }
        }

        return false;
    }

    private bool AreBackchannels(ReadOnlySpan<string> words)
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
