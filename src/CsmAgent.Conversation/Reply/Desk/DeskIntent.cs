namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>What a person wants from the desk assistant.</summary>
public enum DeskIntent
{
    /// <summary>Anything the assistant has no own answer for.</summary>
    Open,

    /// <summary>The time of day, here or elsewhere.</summary>
    Time,

    /// <summary>Day, date, month, year.</summary>
    Date,

    /// <summary>Set, cancel or ask after a timer.</summary>
    Timer,

    /// <summary>A sum or a conversion of units.</summary>
    Arithmetic,

    /// <summary>A story.</summary>
    Story,

    /// <summary>A joke.</summary>
    Joke,

    /// <summary>What the user said before.</summary>
    Recall,

    /// <summary>What the agent said before.</summary>
    Repeat,

    /// <summary>Slower or faster speech.</summary>
    Pace,

    /// <summary>What the assistant can do.</summary>
    Help,

    /// <summary>Who the assistant is.</summary>
    Identity,

    /// <summary>The user's name, told.</summary>
    NameSet,

    /// <summary>The user's name, asked.</summary>
    NameGet,

    /// <summary>A reminder, given.</summary>
    ReminderSet,

    /// <summary>Reminders, asked for or cleared.</summary>
    ReminderGet,

    /// <summary>Something to remember, or what was remembered.</summary>
    Note,

    /// <summary>Chat.</summary>
    SmallTalk,

    /// <summary>Hello.</summary>
    Greeting,

    /// <summary>Goodbye.</summary>
    Farewell,

    /// <summary>Thanks.</summary>
    Thanks,

    /// <summary>Stop, wait, not what I meant.</summary>
    Interrupt,

    /// <summary>Go on.</summary>
    Continue,

    /// <summary>A listener's noise: yeah, mm hmm.</summary>
    Backchannel,
}
