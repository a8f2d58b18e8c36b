namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>What the assistant keeps of one conversation. Thread-safe: a timer rings while somebody speaks.</summary>
public sealed class DeskMemory
{
    private readonly Lock _gate = new();
    private readonly List<DeskReminder> _reminders = [];
    private readonly List<string> _notes = [];
    private readonly List<DeskAlarm> _alarms = [];
    private readonly Dictionary<string, int> _turns = new(StringComparer.Ordinal);

    /// <summary>The user's name; null while unknown.</summary>
    public string? UserName { get; set; }

    /// <summary>How fast the user wants to be spoken to.</summary>
    public SpeechPace Pace { get; set; } = SpeechPace.Normal;

    /// <summary>The whole of the last reply that had content, whether or not it was heard to its end; empty before the first.</summary>
    public string LastReply { get; set; } = string.Empty;

    /// <summary>Reminders in the order they were given.</summary>
    public IReadOnlyList<DeskReminder> Reminders
    {
        get
        {
            lock (_gate)
            {
                return [.. _reminders];
            }
        }
    }

    /// <summary>Notes in the order they were given.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            lock (_gate)
            {
                return [.. _notes];
            }
        }
    }

    /// <summary>Timers that have not rung, the soonest first.</summary>
    public IReadOnlyList<DeskAlarm> Timers
    {
        get
        {
            lock (_gate)
            {
                return [.. _alarms.Where(alarm => alarm.IsTimer).OrderBy(alarm => alarm.Due)];
            }
        }
    }

    /// <summary>Keeps a reminder; one with a time will ring.</summary>
    public void Add(DeskReminder reminder)
    {
        ArgumentNullException.ThrowIfNull(reminder);
        lock (_gate)
        {
            _reminders.Add(reminder);
            if (reminder.Due is { } due)
            {
                _alarms.Add(new DeskAlarm(due, $"It is time to {reminder.Task}.", IsTimer: false));
            }
        }
    }

    /// <summary>Keeps a note.</summary>
    public void AddNote(string note)
    {
        lock (_gate)
        {
            _notes.Add(note);
        }
    }

    /// <summary>Starts a timer.</summary>
    public void AddTimer(DeskAlarm timer)
    {
        lock (_gate)
        {
            _alarms.Add(timer);
        }
    }

    /// <summary>Forgets all timers.</summary>
    /// <returns>How many there were.</returns>
    public int ClearTimers()
    {
        lock (_gate)
        {
            return _alarms.RemoveAll(alarm => alarm.IsTimer);
        }
    }

    /// <summary>Forgets all reminders.</summary>
    /// <returns>How many there were.</returns>
    public int ClearReminders()
    {
        lock (_gate)
        {
            var count = _reminders.Count;
            _reminders.Clear();
            _alarms.RemoveAll(alarm => !alarm.IsTimer);
            return count;
        }
    }

    /// <summary>Takes out what is due.</summary>
    public IReadOnlyList<DeskAlarm> TakeDue(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_alarms.Exists(alarm => alarm.Due <= now))
            {
                return [];
            }

            List<DeskAlarm> due = [.. _alarms.Where(alarm => alarm.Due <= now).OrderBy(alarm => alarm.Due)];
            _alarms.RemoveAll(due.Contains);
            return due;
        }
    }

    /// <summary>The next of several ways to say something, so that the assistant does not repeat itself.</summary>
    /// <param name="subject">Names the list.</param>
    /// <param name="ways">At least one.</param>
    public string Next(string subject, IReadOnlyList<string> ways)
    {
        ArgumentNullException.ThrowIfNull(ways);
        lock (_gate)
        {
            var turn = _turns.GetValueOrDefault(subject);
            _turns[subject] = turn + 1;
            return ways[turn % ways.Count];
        }
    }
}

/// <summary>Something to be reminded of.</summary>
/// <param name="Task">What, as the assistant says it: "call your mother".</param>
/// <param name="When">When, in the user's words: "tomorrow morning"; empty when it was not said.</param>
/// <param name="Due">When, if it could be understood.</param>
public sealed record DeskReminder(string Task, string When, DateTimeOffset? Due);

/// <summary>Something that will ring.</summary>
/// <param name="Due">When.</param>
/// <param name="Announcement">What is said then.</param>
/// <param name="IsTimer">True for a timer, false for a reminder.</param>
/// <param name="Length">The timer's whole length.</param>
public sealed record DeskAlarm(DateTimeOffset Due, string Announcement, bool IsTimer, TimeSpan Length = default);

/// <summary>How fast the user wants to be spoken to. A reply can only be paced by its pauses: shorter phrases, more stops.</summary>
public enum SpeechPace
{
    /// <summary>As written.</summary>
    Normal,

    /// <summary>A pause after every phrase.</summary>
    Slow,
}
