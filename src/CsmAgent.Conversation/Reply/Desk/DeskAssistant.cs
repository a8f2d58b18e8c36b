using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>The offline assistant: recognises what is wanted, does it through the desk's plugins, answers in a sentence or two.</summary>
/// <param name="memories">The memories of all conversations; shared with whoever announces their alarms.</param>
public sealed partial class DeskAssistant(DeskMemories memories) : IReplyGenerator
{
    private static readonly string[] OpenAnswers =
    [
        "That is a good question, and too big for a small offline assistant. I can tell you the time, set timers, calculate, keep reminders, or tell you a story.",
        "I have no good answer to that without a larger model. A language model can be connected in the configuration.",
        "I am not sure about that. Ask me something about times, numbers or reminders, and I will do better.",
    ];

    /// <inheritdoc/>
    public string Name => "desk assistant (offline)";

    /// <inheritdoc/>
    public bool CanSpeculate => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeAnnouncements(string conversationId)
    {
        var due = memories.TakeDue(conversationId);
        if (due.Count > 0)
        {
            memories.Of(conversationId).LastReply = string.Join(' ', due); // "what did you say?" and "go on" mean it
        }

        return due;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var intent = IntentRecognizer.Recognize(request.UserText);
        // Every intent but pure talk changes the memory: it must not happen for a turn that is not over.
        if (intent is not (DeskIntent.Time or DeskIntent.Date or DeskIntent.Arithmetic or DeskIntent.Help or DeskIntent.Identity))
        {
            await request.Authorised.WaitAsync(cancellationToken);
        }

        var memory = memories.Find(request.ConversationId) ?? Remember(request);
        memory.BeginReply();
        var reply = Reply(intent, request, memory, new DeskPlugins(memory, memories.Time));
        if (memory.Pace == SpeechPace.Slow)
        {
            reply = PhraseEnd().Replace(reply, ", $1 ");
        }

        foreach (var sentence in SentenceEnd().Split(reply).Where(sentence => sentence.Length > 0))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return sentence;
        }

        // The line ends: the last sentence can be spoken, although the turn may still have to be waited for.
        yield return "\n";

        await request.Authorised.WaitAsync(cancellationToken);
        if (intent is not (DeskIntent.Interrupt or DeskIntent.Backchannel or DeskIntent.Continue or DeskIntent.Repeat))
        {
            memory.LastReply = reply;
        }
    }

    /// <inheritdoc/>
    public void TakeBack(string conversationId) => memories.TakeBack(conversationId);

    /// <inheritdoc/>
    public void Forget(string conversationId) => memories.Forget(conversationId);

    // A conversation that goes on after the process ended: what the user told is told again. What was to ring then has rung or never will.
    internal DeskMemory Remember(ReplyRequest request)
    {
        var memory = memories.Of(request.ConversationId);
        foreach (var told in request.History.Where(turn => turn.Speaker == TurnSpeaker.User))
        {
            var intent = IntentRecognizer.Recognize(told.Text);
            if (intent is DeskIntent.NameSet or DeskIntent.Note or DeskIntent.ReminderSet or DeskIntent.Pace)
            {
                _ = Reply(intent, request with { UserText = told.Text }, memory, new DeskPlugins(memory, memories.Time));
            }
        }

        _ = memory.TakeDue(DateTimeOffset.MaxValue);
        return memory;
    }

    private static string Reply(DeskIntent intent, ReplyRequest request, DeskMemory memory, DeskPlugins desk)
    {
        var said = Utterance.Normalize(request.UserText);
        return intent switch
        {
            DeskIntent.Time => desk.Clock.GetTime(ClockTools.Places.FirstOrDefault(place => Contains(said, place)) ?? string.Empty),
            DeskIntent.Date => Date(said, desk.Clock),
            DeskIntent.Timer => Timer(said, desk.Timers),
            DeskIntent.Arithmetic => ArithmeticTools.Calculate(said),
            DeskIntent.Story => desk.Stories.TellStory(StorySubject().Match(said) is { Success: true } about ? about.Groups[1].Value : string.Empty),
            DeskIntent.Joke => desk.Stories.TellJoke(),
            DeskIntent.Recall => Recall(request.History),
            DeskIntent.Repeat => memory.LastReply.Length > 0 ? memory.LastReply : "I have not said anything yet.",
            DeskIntent.Pace => desk.Memory.SetPace(slow: !FasterWords().IsMatch(said)),
            DeskIntent.Help => "I can tell you the time and the date, set timers, calculate, keep reminders and notes, and tell you stories and jokes. You can interrupt me at any time.",
            DeskIntent.Identity => "I am your desk assistant. I run on this computer alone, without any network.",
            DeskIntent.NameSet => desk.Memory.SetName(GivenName().Match(said).Groups[1].Value is { Length: > 0 } name ? name : said.Split(' ')[^1]),
            DeskIntent.NameGet => desk.Memory.GetName(),
            DeskIntent.ReminderSet => Remind(said, desk.Reminders),
            DeskIntent.ReminderGet => ClearWords().IsMatch(said) ? desk.Reminders.Clear() : desk.Reminders.List(),
            DeskIntent.Note => Note(said, desk.Memory),
            DeskIntent.SmallTalk => SmallTalk.Answer(said, memory),
            DeskIntent.Greeting => Greet(said, memory),
            DeskIntent.Farewell => memory.Next("bye", ["Goodbye. Talk to you soon.", "Goodbye, and take care."]),
            DeskIntent.Thanks => memory.Next("thanks", ["You are welcome.", "Any time."]),
            DeskIntent.Interrupt => MisunderstoodWords().IsMatch(said) ? "Sorry. What did you mean?" : "Okay.",
            DeskIntent.Continue => Continue(request.History, memory),
            DeskIntent.Backchannel => "Okay.",
            _ => memory.Next("open", OpenAnswers),
        };
    }

    private static string Date(string said, ClockTools clock)
    {
        var weekday = Weekday().Match(said).Value;
        return weekday.Length > 0 && DaysUntil().IsMatch(said) ? clock.DaysUntil(weekday)
            : clock.GetDate(weekday.Length > 0 ? weekday : Contains(said, "tomorrow") ? "tomorrow" : Contains(said, "yesterday") ? "yesterday" : "today");
    }

    private static string Timer(string said, TimerTools timers)
    {
        if (CancelWords().IsMatch(said))
        {
            return timers.Cancel();
        }

        // "how much time is left" and "is there a timer", against "set", "start", "for".
        return SpokenTime.Span(said) is { } span && !LeftWords().IsMatch(said) ? timers.Set(span.TotalSeconds)
            : LeftWords().IsMatch(said) ? timers.Left()
            : "For how long shall I set the timer?";
    }

    private static string Remind(string said, ReminderTools reminders)
    {
        var asked = ReminderText().Match(said);
        var (task, when) = (asked.Success ? asked.Groups["task"].Value : said, asked.Groups["before"].Value.Trim());
        if (When().Match(task) is { Success: true } late && late.Index > 0)
        {
            when = late.Value.Trim();
            task = task[..late.Index].Trim();
        }

        return task.Length == 0 ? "What shall I remind you of?" : reminders.Add(ToListener(task), ToListener(when));
    }

    private static string Note(string said, MemoryTools notes)
    {
        if (NotesAsked().IsMatch(said))
        {
            return notes.ListNotes();
        }

        var note = NoteText().Replace(Utterance.WithoutOpening(said), string.Empty).Trim();
        return note.Length == 0 ? "What shall I note?" : notes.AddNote(ToListener(note));
    }

    private static string Greet(string said, DeskMemory memory)
    {
        var name = memory.UserName is { } known ? ", " + known : string.Empty;
        var daytime = Daytime().Match(said).Value;
        return daytime.Length > 0 ? $"Good {daytime}{name}. What can I do for you?"
            : memory.Next("hello", [$"Hello{name}. How can I help?", $"Hello again{name}. What can I do for you?"]);
    }

    private static string Recall(IReadOnlyList<SpokenTurn> history)
    {
        var last = history.LastOrDefault(turn => turn.Speaker == TurnSpeaker.User && IntentRecognizer.Recognize(turn.Text) != DeskIntent.Backchannel);
        return last is null || last.Text.Trim().Length == 0 ? "You have not said anything else yet." : $"You said: {last.Text.Trim().TrimEnd('.')}.";
    }

    private static string Continue(IReadOnlyList<SpokenTurn> history, DeskMemory memory)
    {
        var heard = history.LastOrDefault(turn => turn.Speaker == TurnSpeaker.Agent && turn.WasInterrupted)?.Text;
        var rest = heard is null ? string.Empty : Remainder(memory.LastReply, heard);
        return rest.Length > 0 ? rest : "There is nothing more to tell. What would you like next?";
    }

    /// <summary>What is left of a reply after the words that were heard of it; the heard text is spelled for speech, the reply is not.</summary>
    private static string Remainder(string reply, string heard)
    {
        var words = SpeechText.ToWords(heard).Count(letter => letter == ' ') + (heard.Trim().Length > 0 ? 1 : 0);
        var pieces = reply.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var passed = 0;
        for (var i = 0; i < pieces.Length; i++)
        {
            if (passed >= words)
            {
                return string.Join(' ', pieces[i..]);
            }

            passed += Math.Max(1, SpeechText.ToWords(pieces[i]).Count(letter => letter == ' ') + 1);
        }

        return string.Empty;
    }

    // "my" said to me is "your" said back.
    private static string ToListener(string text) => Pronouns().Replace(text, match => match.Value switch
    {
        "my" => "your",
        "mine" => "yours",
        "me" => "you",
        "myself" => "yourself",
        "i am" => "you are",
        "i" => "you",
        "our" => "your",
        "your" => "my",
        _ => match.Value,
    });

    private static bool Contains(string said, string words) => $" {said} ".Contains($" {words} ", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<=[.!?:] )")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"(?<![,.;:!?]) (and|or|but|because|with|that|to|for|then|until|when) ")]
    private static partial Regex PhraseEnd();

    [GeneratedRegex(@"\b(?:story|tale|stories) (?:about|of) (.+)$")]
    private static partial Regex StorySubject();

    [GeneratedRegex(@"\b(?:fast|faster|quick|quicker|quickly|speed up|normal|normally|hurry|too slow|too slowly)\b(?<!too fast)(?<!too quick)(?<!so fast)")]
    private static partial Regex FasterWords();

    [GeneratedRegex(@"\b(?:name is|name's|name was|call me|am called|this is|it is|i am) (?:not )?(\w+)")]
    private static partial Regex GivenName();

    [GeneratedRegex(@"\b(?:delete|cancel|clear|remove|forget)\b")]
    private static partial Regex ClearWords();

    [GeneratedRegex(@"\b(?:cancel|stop|delete|turn off|clear|end|remove|kill|forget)\b")]
    private static partial Regex CancelWords();

    [GeneratedRegex(@"\b(?:left|remain\w*|longer|running|any|check|do i have|is there|are there|when does)\b")]
    private static partial Regex LeftWords();

    [GeneratedRegex(@"\b(?:meant|mean|said|asked|wanted|wrong|not right|misunderstood|something else)\b")]
    private static partial Regex MisunderstoodWords();

    [GeneratedRegex(@"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b")]
    private static partial Regex Weekday();

    [GeneratedRegex(@"\bhow (?:many days|long)\b")]
    private static partial Regex DaysUntil();

    [GeneratedRegex(@"\b(?:morning|afternoon|evening)\b")]
    private static partial Regex Daytime();

    [GeneratedRegex(@"\b(?:remind(?:ed|s)? me|reminder|let me forget|remember|make sure i)(?<before> (?!to\b|about\b|that\b|for me\b).*?)? ?(?:\b(?:to|about|that i (?:need|have|must|should)(?: to)?|that|for)\b |(?<=forget |remember |sure i ))(?<task>.*)$")]
    private static partial Regex ReminderText();

    [GeneratedRegex(@"(?:^| )(?:tomorrow|today|tonight|this (?:morning|afternoon|evening|weekend)|next (?:week|month|\w+day)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|at (?:about )?(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter|noon|midnight)|in (?:\d|an?|one|two|three|four|five|six|seven|eight|nine|ten|half|\w+teen|twenty|thirty|forty|fifty|a couple)\b.*\b(?:second|minute|hour|day|week)s?|before (?:lunch|dinner|noon)|after (?:lunch|dinner|work)|every \w+)(?:\b.*)?$")]
    private static partial Regex When();

    [GeneratedRegex(@"^what\b|\b(?:read|list|show|tell me|hear|get|have i any|any) (?:me )?(?:all )?my notes?\b|^my notes?$")]
    private static partial Regex NotesAsked();

    [GeneratedRegex(@"^(?:(?:take|make|write) (?:down )?(?:a|another|this|the) note(?: of| that)?|(?:make|take) note(?: of)?(?: that)?|note(?: down)?(?: that| this)?|write (?:this |that |it )?down(?: that)?|remember(?: that)?|keep in mind(?: that)?)\b")]
    private static partial Regex NoteText();

    [GeneratedRegex(@"\b(?:my|mine|me|myself|i am|i|our|your)\b")]
    private static partial Regex Pronouns();
}
