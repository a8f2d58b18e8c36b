using System.Text.RegularExpressions;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>
/// Says what a recognised utterance wants. Cues decide first: words that only one intent uses. What has no cue is compared by sound
/// with the desk's own phrases, because a recogniser errs towards what sounds alike; what sounds like none of them is open talk.
/// </summary>
public static partial class IntentRecognizer
{
    // Relative phonetic distance below which an utterance counts as a misheard phrase; open questions lie above it.
    private const double MisheardBelow = 0.3;
    private const int ComparedPhrases = 4000;
    private const int Seed = 2;

    private static readonly Lazy<(string Sounds, DeskIntent Intent)[]> Phrases = new(() =>
    [
        .. DeskPhrases.Grammar.SampleLabelled(ComparedPhrases, Seed)
            .Where(phrase => phrase.Label is not null)
            .Select(phrase => (Text: string.Join(' ', phrase.Words), phrase.Label))
            .DistinctBy(phrase => phrase.Text)
            .Select(phrase => (Phonetics.Sounds(Utterance.Normalize(phrase.Text)), Enum.Parse<DeskIntent>(phrase.Label!.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true))),
    ]);

    /// <summary>Recognises the intent of an utterance, errors of the recogniser allowed for.</summary>
    /// <param name="text">As recognised, any case and punctuation.</param>
    public static DeskIntent Recognize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var whole = Utterance.Normalize(text);
        if (whole.Length == 0)
        {
            return DeskIntent.Open;
        }

        return ByCue(whole) ?? ByCue(Utterance.WithoutOpening(whole)) ?? BySound(whole) ?? DeskIntent.Open;
    }

    private static DeskIntent? ByCue(string said)
    {
        foreach (var (intent, cue) in Cues)
        {
            if (cue.IsMatch(said))
            {
                return intent;
            }
        }

        return null;
    }

    private static DeskIntent? BySound(string said)
    {
        var sounds = Phonetics.Sounds(said);
        var best = MisheardBelow;
        DeskIntent? nearest = null;
        foreach (var phrase in Phrases.Value)
        {
            var distance = Phonetics.Distance(sounds, phrase.Sounds, best);
            if (distance < best)
            {
                best = distance;
                nearest = phrase.Intent;
            }
        }

        return nearest;
    }

    private const string Numbers =
        @"(?:\d[\d.,]*|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen|half)";

    private const string UnitNames =
        @"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|inch(?:es)?|feet|foot|yards?|miles?|meters?|metres?|kilometers?|kilometres?|centimeters?|grams?|kilograms?|kilos?|ounces?|pounds?|liters?|litres?|cups?|gallons?|pints?)";

    // In order: the first that matches wins.
    private static readonly (DeskIntent Intent, Regex Cue)[] Cues =
    [
        (DeskIntent.Backchannel, BackchannelCue()),
        (DeskIntent.Interrupt, InterruptCue()),
        (DeskIntent.Continue, ContinueCue()),
        (DeskIntent.ReminderGet, ReminderGetCue()),
        (DeskIntent.ReminderSet, ReminderSetCue()),
        (DeskIntent.Timer, TimerCue()),
        (DeskIntent.NameGet, NameGetCue()),
        (DeskIntent.Recall, RecallCue()),
        (DeskIntent.Repeat, RepeatCue()),
        (DeskIntent.Pace, PaceCue()),
        (DeskIntent.Joke, JokeCue()),
        (DeskIntent.Story, StoryCue()),
        (DeskIntent.Note, NoteCue()),
        (DeskIntent.NameSet, NameSetCue()),
        (DeskIntent.Arithmetic, ArithmeticCue()),
        (DeskIntent.Time, TimeCue()),
        (DeskIntent.Date, DateCue()),
        (DeskIntent.Identity, IdentityCue()),
        (DeskIntent.Help, HelpCue()),
        (DeskIntent.Thanks, ThanksCue()),
        (DeskIntent.Farewell, FarewellCue()),
        (DeskIntent.SmallTalk, SmallTalkCue()),
        (DeskIntent.Greeting, GreetingCue()),
    ];

    [GeneratedRegex(@"^(?:(?:m+|m+ ?h+m+|mm|hm+|h+u+m+|uh|uh ?huh|aha|ah|oh|yeah|yes|yep|yup|right|okay|sure|i see|really|exactly|of course|no|nope|alright|all right|got it|great|cool|nice|interesting|wow|true|fine|good|makes sense)(?: |$)){1,3}$")]
    private static partial Regex BackchannelCue();

    [GeneratedRegex(@"^(?:(?:no|okay|please|hey|just|oh) )*(?:stop|wait|hold on|hang on|be quiet|quiet|silence|shut up|enough|that is enough|that will do|never mind|forget it|cancel that|pause|let me speak|one moment|just a (?:moment|second|minute)|(?:wait|hold on|hang on) (?:a|one) (?:minute|moment|second))(?: (?:stop|wait|it|that|now|there|please|talking|speaking|a minute|a moment|a second))*$|\bstop (?:talking|speaking)\b|\bnot what i (?:meant|mean|said|asked|wanted)\b|\bi (?:meant|mean|said|asked for) something else\b|^no i (?:meant|said)\b|^that is (?:wrong|not right)$|\byou (?:misunderstood|got (?:me|that) wrong)\b")]
    private static partial Regex InterruptCue();

    [GeneratedRegex(@"^(?:(?:please|okay|yes|and|so|sorry|now) )*(?:go on|go ahead|continue|keep going|carry on|proceed|resume|tell me more|more|and then|then what|what then|what (?:happened|happens) (?:then|next)|what (?:is|was) next|next|where were we|finish (?:it|that|the story|your story|what you were saying))(?: (?:please|with (?:it|that|the story|your story)|then|the story))*$")]
    private static partial Regex ContinueCue();

    [GeneratedRegex(@"\b(?:what|which|list|read|show|tell|hear|any|check|how many|delete|cancel|clear|remove|forget|have i|do i have)\b(?!.*\bremind me\b).*\breminders?\b(?! (?:to|for|about|that)\b)|^(?:my )?reminders$|\bwhat do i (?:have|need) to do\b|\bwhat is on my (?:list|schedule|agenda)\b|\bwhat did i ask you to remind\b")]
    private static partial Regex ReminderGetCue();

    [GeneratedRegex(@"\bremind(?:ed|s)? me\b|\b(?:a|new|another) reminder\b|\breminder (?:to|for|about|that)\b|\b(?:do not|never) let me forget\b|^remember to \w+|\bmake sure i\b")]
    private static partial Regex ReminderSetCue();

    [GeneratedRegex(@"\b(?:timers?|countdown)\b|\bcount down\b|\bwake me\b|\balarm\b|^(?:how much|how long) (?:time )?(?:is|do i have) left\b|\bhow (?:much|many) (?:time|longer|minutes|seconds)\b.*\b(?:left|remain(?:s|ing)?)\b")]
    private static partial Regex TimerCue();

    [GeneratedRegex(@"\bwhat(?: is| was|) my name\b|\b(?:know|remember|recall|say|tell me|forget|forgotten|guess) my name\b|^who am i$|^my name$|\bdo you (?:know|remember) (?:who i am|me)\b|\bwhat (?:am i|do you) call(?:ed| me)\b")]
    private static partial Regex NameGetCue();

    [GeneratedRegex(@"\bwhat (?:did|do|was|is|had|have) i (?:just |have just |been )?(?:said?|saying|say|tell|told|ask(?:ed|ing)?)\b|\bwhat i (?:just |have just )?(?:said|told|asked|was saying)\b|\b(?:last|first|previous) thing i said\b|\bwhat was i (?:saying|talking)\b|\brepeat what i\b|\bwhat was my (?:last |previous )?question\b")]
    private static partial Regex RecallCue();

    [GeneratedRegex(@"\brepeat\b|\bsay (?:that|it|this|again|so again)\b(?:.*\bagain\b)?|\b(?:come|say|tell me|once more|one more time) again\b|^(?:sorry|pardon|pardon me|what|excuse me|come again|once more|one more time|again|huh|what was that|sorry what|i beg your pardon)(?: please)?$|\bwhat (?:did|do|were|have) you (?:just )?(?:say|said|saying|tell|told)\b|\b(?:did|do|could|can) not (?:hear|catch|understand|get) (?:you|that|it|what you)\b|\bwhat was that\b|\bi missed (?:that|it)\b")]
    private static partial Regex RepeatCue();

    [GeneratedRegex(@"\b(?:speak|talk|go|read|say it|speaking|talking)\b.*\b(?:slow(?:er|ly)?|fast(?:er)?|quick(?:er|ly)?|speed|pace|normal(?:ly)?)\b|\bslow(?:er)? down\b|^(?:more )?(?:slower|faster|slowly|quicker)(?: please)?$|\bspeed (?:it )?up\b|\btoo (?:fast|slow|slowly|quick|quickly)\b|\bhurry up\b|\bnot so fast\b|\bmore slowly\b")]
    private static partial Regex PaceCue();

    [GeneratedRegex(@"\bjok(?:e|es|ing)\b|\bmake me (?:laugh|smile)\b|\bsomething funny\b|\bpuns?\b|\briddles?\b")]
    private static partial Regex JokeCue();

    [GeneratedRegex(@"\b(?:tell|hear|read|know|want|give|another|make up|share|need|love|like|have)\b.*\b(?:story|stories|tale|tales)\b|^(?:an? )?(?:\w+ )?(?:story|tale)(?: please| about .*)?$|\bstory (?:time|about)\b|\bonce upon\b")]
    private static partial Regex StoryCue();

    [GeneratedRegex(@"\b(?:take|make|write) (?:down )?(?:a|another|this|the) note\b|\b(?:make|take|please) note (?:of|that)\b|^note (?:that|down|this)\b|\bwrite (?:this |that |it )?down\b|\bmy (?:\w+ )?(?:number|address|code|password|pin|birthday|email|postcode|zip code|room|license|plate)\b|\bremember (?:that|my|the|this)\b|\bkeep in mind\b|\bmy notes?\b|\bwhat did i (?:note|write)\b|\bwhat did i (?:tell|ask) you to remember\b")]
    private static partial Regex NoteCue();

    [GeneratedRegex(@"\b(?:my name is|my name(?:'s| was)|the name is|call me|name me) \w+|\bi am called \w+|^(?:this is|it is|i am) (?:anna|tom|mary|john|james|emma|david|sarah|peter|julia|michael|laura|robert|susan|daniel|lisa|martin|kate|paul|alice|george|helen|mark|sophie|andrew|jane|alex|sam|maria|ben|lucy|frank|nina|oliver|eva|jack|henry|rose|grace|leo|max|ann|anne|steve|chris|mike|bob|bill|jim|joe|kim|linda|karen|nick|victor|diana|olga|ivan|eric|simon|thomas|william|charlie)$")]
    private static partial Regex NameSetCue();

    [GeneratedRegex(@"\b" + Numbers + @" ?(?:plus|minus|times|divided|multiplied|over|and|x|to the power|[-+*/])\b.*?\b" + Numbers + @"\b(?!.*\b(?:o'clock|remind|mountains|number)\b)|\bpercent of\b|\bsquare root\b|\b" + Numbers + @" squared\b|\b(?:half|double|twice|a third|a quarter) (?:of )?" + Numbers + @"\b|\b(?:add|subtract|multiply|divide|calculate|compute)\b|\bhow many " + UnitNames + @" (?:are|is|in|make|does|do)\b|\bconvert\b.*\b" + UnitNames + @"\b|\b(?:what is|how much is|how much are|what are) " + Numbers + @"\b(?!.*\b(?:o'clock|year|news)\b)|\b(?:plus|minus|times|divided by) " + Numbers + @"\b")]
    private static partial Regex ArithmeticCue();

    [GeneratedRegex(@"\bwhat time\b(?!.* (?:does|do|did|should|will|can|shall|was|were) )|\btime (?:is it|it is)\b|\b(?:the|current|local|right|exact) time\b(?! (?:of|when|i|we|you|that|to)\b)|\bhow late is it\b|\bgot the time\b|\btime in \w+|^time(?: please)?$|\bwhat (?:hour|o'clock)\b")]
    private static partial Regex TimeCue();

    [GeneratedRegex(@"\b(?:what|which|know|tell me)\b.*\b(?:date|day|month|year)\b(?!s)(?! (?:was it when|did|do|does)\b)(?=.*\b(?:is|it|today|tomorrow|yesterday|date|now|of the week|\w+day)\b|$)|\b(?:what|which) day\b.*\b(?:have|today|now)\b|\b(?:today|tomorrow|yesterday) s date\b|\b(?:the|current) date\b|\bdate (?:today|tomorrow)\b|^(?:date|what day)(?: please)?$|\bhow (?:many days|long) (?:until|till|to|before|is it until)\b|\bwhen is (?:it )?(?:next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bis (?:it|today) (?:a )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bday (?:today|tomorrow)$")]
    private static partial Regex DateCue();

    [GeneratedRegex(@"\b(?:who|what) (?:exactly )?are you\b(?! (?:doing|talking|saying|going|wearing|thinking|able|good))|\byour name\b|\bare you (?:really |actually )?(?:an? )?(?:robot|person|human|computer|machine|real|alive|ai|program|assistant|man|woman|bot)\b|\bwho (?:made|built|created|wrote|programmed|invented) you\b|\bintroduce yourself\b|\babout yourself\b|\bwho am i (?:talking|speaking) (?:to|with)\b|\bwhere (?:are you from|do you come from|do you live)\b|\bhow old are you\b")]
    private static partial Regex IdentityCue();

    [GeneratedRegex(@"\bwhat (?:else |all |things )?(?:can|could) (?:you|i) (?:do|say|ask|help|offer)\b|^(?:please )?help(?: me)?(?: please)?$|\bi need (?:some |your )?help\b|\bhow (?:can|do|could) (?:you help|i use|this work|you work)\b|\bwhat (?:do you do|do you know|are you able|are you good|are your|can i)\b|\bwhat (?:is|are) (?:this|your) (?:for|commands|functions|features|options|abilities)\b|\bcan you help\b")]
    private static partial Regex HelpCue();

    [GeneratedRegex(@"\bthank(?:s| you|ful|ing)?\b|\bappreciate\b|\bgrateful\b|\bcheers\b")]
    private static partial Regex ThanksCue();

    [GeneratedRegex(@"\bgood ?bye\b|\bbye\b|\bgood night\b|\bsee you\b|\b(?:talk|speak) to you (?:later|soon|tomorrow)\b|^(?:later|farewell|so long|i am done|that is all(?: for (?:today|now))?)$|\bhave a (?:nice|good|great|lovely) (?:day|evening|night|one|weekend|time)\b|\bi (?:have|need|must|got|should) (?:to )?(?:go|leave)(?: now)?$|\btake care\b|\bi am leaving\b")]
    private static partial Regex FarewellCue();

    [GeneratedRegex(@"\b(?:do|did|would) you (?:really |ever |also )?(?:like|love|enjoy|hate|prefer|dream|sleep|eat|drink|feel|have (?:a|any))\b|^you like\b|\bhow (?:are|is|was|have) (?:you|it going|things|your|everything|life)\b|\bhow do you (?:do|feel)\b|\bhow you doing\b|\bi (?:just )?(?:had|have had|have|am having) (?:a|an|such a|the) (?:\w+ )?(?:\w+ )?(?:day|night|week|morning|evening|time|weekend|headache|cold|dream)\b|\b(?:terrible|horrible|awful|wonderful|great|bad|good|long|hard|busy) (?:day|night|week)\b|\bi (?:am|feel|was|am feeling) (?:\w+ )?(?:\w+ )?(?:tired|happy|sad|bored|hungry|thirsty|lonely|sick|ill|nervous|angry|excited|worried|stressed|cold|hot|fine|good|okay|great|well|depressed|sleepy|glad|sorry|busy|late|home|back)\b|\bweather\b|\b(?:is|was) (?:it )?(?:raining|snowing|sunny|cold|hot|windy|cloudy|warm|foggy|lovely|rainy)\b|\bfavou?rite\b|\bwhat do you think\b|\b(?:nice|pleased|good|glad) to (?:meet|see) you\b|^i (?:really |just )?(?:love|like|hate|miss) (?!to know|you to)|\byou are (?:\w+ )?(?:funny|great|smart|nice|stupid|awesome|clever|sweet|kind|amazing|beautiful|annoying|wrong|right|good|cute|welcome)\b|\bare you (?:okay|tired|there|happy|sad|bored|busy|married|hungry|sure|listening|awake)\b|\bwhat is (?:up|new)\b|\bwhat are you (?:doing|thinking)\b|\btell me something\b|\bhappy (?:birthday|new year|christmas)\b|\bi love you\b|\bsing\b")]
    private static partial Regex SmallTalkCue();

    [GeneratedRegex(@"^(?:(?:oh|well|and|a|very|the) )*(?:hello|hi|hey|good (?:morning|evening|afternoon|day)|morning|evening|greetings|howdy|welcome)(?: (?:hello|hi|there|again|to you|everyone|assistant|computer|friend|my friend|everybody|you|are you there|can you hear me|good (?:morning|evening|afternoon|day)))*$|^(?:hello|hi|hey) \w+$|\bcan you hear me\b")]
    private static partial Regex GreetingCue();
}
