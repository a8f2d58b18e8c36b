namespace CsmAgent.Conversation.Turns.Endpointing;

/// <summary>English function words by what they ask for, and the few other words that the rules of <see cref="ClauseCompleteness"/>
/// look at.</summary>
internal static class ClauseWords
{
    public static readonly HashSet<string> Determiners = Set("a an the my your his her our their its every each another these those whose some any");

    public static readonly HashSet<string> Prepositions = Set(
        "to of for with at from by into onto between without under through during until since about against toward towards near among upon via per except despite versus like");

    public static readonly HashSet<string> Conjunctions = Set("and or but because if so when while than whether unless although though where which as how who");

    // With their auxiliaries: "they're", "what's".
    public static readonly HashSet<string> Subjects = Set(
        "i we they he she i'm we're they're you're i'll you'll we'll they'll i'd i've you've we've they've it's that's there's what's who's where's he's she's");

    public static readonly HashSet<string> Auxiliaries = Set(
        "is are was were be am can could would will should shall may might must do does did have has had not don't can't won't doesn't didn't isn't aren't wasn't couldn't wouldn't shouldn't");

    public static readonly HashSet<string> Adverbs = Set("very really quite more most such also maybe perhaps only just almost even especially nearly barely hardly");

    // Verbs and signs that an object or a second verb must follow.
    public static readonly HashSet<string> Unsaturated = Set(
        "want need become became seem seems let let's remind includes contains supposed able been times plus minus divided multiplied half gave bring brought put make makes made sent send");

    public static readonly HashSet<string> Hesitations = Set("um uh er erm hmm please");

    /// <summary>At the end of what was said, something must follow any of these unless a rule knows better.</summary>
    public static readonly HashSet<string> Openers =
        [.. Determiners, .. Prepositions, .. Conjunctions, .. Subjects, .. Auxiliaries, .. Adverbs, .. Unsaturated, .. Hesitations];

    public static readonly HashSet<string> Openings = Set("well so and but yes no yeah okay ok oh um uh then hey please now right sorry actually hello hi");

    public static readonly HashSet<string> Questions = Set("what who which where when why how whose what's who's where's");

    public static readonly HashSet<string> Pronouns = Set("i you he it she we they there this that");

    // "do you", "can it": the verb comes after the subject.
    public static readonly HashSet<string> Inverting = Set(
        "do does did can could will would should have has had don't didn't doesn't can't couldn't won't wouldn't shouldn't haven't may shall might must");

    public static readonly HashSet<string> Copulas = Set("is are was were am be do does did can could will would should have has had don't can't didn't won't need want");

    // A clause inside another may end in its verb: "what it is", "yes i am", "all i need".
    public static readonly HashSet<string> Embedding = Set(
        "yes yeah no what where how who when why than as if sure course all everything anything something thing");

    public static readonly HashSet<string> Adjectives = Set(
        "next first other new old small big large great good nice little short long whole main only favorite favourite real few different single");

    // "turn it on", "what's going on", "come in".
    public static readonly HashSet<string> ParticleVerbs = Set(
        "turn turned switch switched put go going gone goes went come comes came coming hold hang carry move log check sign plug let bring try leave left keep read drop stay fit join write fill give break count depend rely");

    // What is asked for by them needs a verb yet: "what time", "which song".
    public static readonly HashSet<string> Measured = Set(
        "time day date kind sort type color colour number year month size way part place hour name song book movie film country city language letter word side age point person people minutes hours days weeks months years seconds degrees");

    public static readonly HashSet<string> Degrees = Set("long far old often big tall high late early fast many much deep heavy large hot cold expensive");

    // A preposition may stand after them without its noun: "what are you looking for".
    public static readonly HashSet<string> Stranding = Set("talk look wait come go work listen belong stand live speak play confused interested afraid depend");

    // Orders of one word that say nothing yet.
    public static readonly HashSet<string> Orders = Set(
        "set play call turn open close remind give tell read show add take make put get find send write buy bring check start explain describe calculate convert translate look search want need book order");

    public static readonly string[] Courtesies =
    [
        "please", "can you", "could you", "would you", "will you", "want you to", "let's", "you to", "like to", "want to", "need to", "me to", "going to", "have to", "i'll", "try to",
    ];

    // Whole clauses whose object is still missing.
    public static readonly string[] MissingObject =
    [
        "tell me", "remind me", "give me", "show me", "help me with", "set a timer for", "set an alarm for", "could you", "can you", "would you",
        "i was thinking", "i was wondering", "i would like", "how many", "how much", "what is", "what are", "i mean", "you know", "let me see", "let me think",
        "call me", "ask me", "how do you say", "what about", "how about", "a couple", "a pair", "a bit of", "a lot of",
    ];

    // With nothing before them a clause must follow.
    public static readonly HashSet<string> Thoughts = Set("think wish believe suppose hope wonder guess mean");

    public static readonly HashSet<string> Digits = Set(
        "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand");

    // After them a number counts something: "for five", "in twenty".
    public static readonly HashSet<string> Counting = Set("for in another every after");

    public static readonly HashSet<string> ThatAsObject = Set(
        "repeat do say stop is was like about of know read play than understand mean for forget cancel explain hear with all at did love hate said not");

    public static readonly HashSet<string> CompleteAlone = Set(
        "yes no yeah okay ok hello hi hey stop thanks goodbye bye sure right wait help please never continue cancel what why when where who morning nothing everything");

    // What recognisers write for a murmur or a breath.
    public static readonly HashSet<string> Murmurs = Set("a an the them him hem hum home and in on of it i he her at uh um");

    // By right at the end.
    public static readonly HashSet<string> FinishedPairs =
    [
        "yes please", "no please", "more please", "it please", "that please", "me please", "music please", "story please", "joke please", "thank you", "any more",
        "no more", "once more", "do more", "know more", "say more", "much more", "some more", "hear more", "one more", "me more", "want more", "am i", "was i", "mm hmm", "not really", "not quite", "about it", "of it",
        "who are", "of course not", "why not", "or not", "if not", "that's all", "or so", "to do", "have to", "had to", "has to", "want to", "like to", "need to",
        "used to", "going to", "able to", "come by", "go by", "ever since", "like this", "she did", "he did", "we did", "they did", "nice to", "know who", "know how",
        "guess who", "guess what", "so what", "like her", "see her", "tell her", "with her", "for her", "about her", "love her", "know her", "to her", "what for",
        "a half", "and a half", "in half", "three times", "two times", "many times", "several times", "any good", "a little", "the other", "each other",
    ];

    /// <summary>Do these words add to a clause, as "in london" and "and a half" do?</summary>
    public static bool AreAddition(string[] words) =>
        words.Length > 1 && (Prepositions.Contains(words[0]) || words[0] is "in" or "on" or "and" or "or" or "but" or "because");

    private static HashSet<string> Set(string words) => [.. words.Split(' ')];
}
