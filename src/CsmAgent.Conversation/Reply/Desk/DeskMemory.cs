using System.Collections.Immutable;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>What the assistant keeps of one conversation. Thread-safe: a timer rings while somebody speaks.</summary>
public sealed class DeskMemory
{
    private readonly Lock _gate = new();
    private Contents _now = new();
    private Contents _before = new();

    /// <summary>The user's name; null while unknown.</summary>
    public string? UserName
    {
        get => Look(contents => contents.UserName);
        set => Change(contents => contents with { UserName = value });
    }

    /// <summary>How fast the user wants to be spoken to.</summary>
    public SpeechPace Pace
    {
        get => Look(contents => contents.Pace);
        set => Change(contents => contents with { Pace = value });
    }

    /// <summary>The whole of the last reply that had content, whether or not it was heard to its end; empty before the first.</summary>
    public string LastReply
    {
        get => Look(contents => contents.LastReply);
        set => Change(contents => contents with { LastReply = value });
    }

    /// <summary>Reminders in the order they were given.</summary>
    public IReadOnlyList<DeskReminder> Reminders => Look(contents => contents.Reminders);

    /// <summary>Notes in the order they were given.</summary>
    public IReadOnlyList<string> Notes => Look(contents => contents.Notes);

    /// <summary>Timers that have not rung, the soonest first.</summary>
    public IReadOnlyList<DeskAlarm> Timers => Look<IReadOnlyList<DeskAlarm>>(contents => [.. contents.Alarms.Where(alarm => alarm.IsTimer).OrderBy(alarm => alarm.Due)]);

    /// <summary>Keeps a reminder; one with a time will ring.</summary>
    public void Add(DeskReminder reminder)
    {
        ArgumentNullException.ThrowIfNull(reminder);
        Change(contents => contents with
        {
            Reminders = contents.Reminders.Add(reminder),
            Alarms = reminder.Due is { } due ? contents.Alarms.Add(new DeskAlarm(due, $"It is time to {reminder.Task}.", IsTimer: false)) : contents.Alarms,
        });
    }

    /// <summary>Keeps a note.</summary>
    public void AddNote(string note) => Change(contents => contents with { Notes = contents.Notes.Add(note) });

    /// <summary>Starts a timer.</summary>
    public void AddTimer(DeskAlarm timer) => Change(contents => contents with { Alarms = contents.Alarms.Add(timer) });

    /// <summary>Forgets all timers.</summary>
    /// <returns>How many there were.</returns>
    public int ClearTimers() => Change(contents => contents with { Alarms = contents.Alarms.RemoveAll(alarm => alarm.IsTimer) }).Alarms.Count(alarm => alarm.IsTimer);

    /// <summary>Forgets all reminders.</summary>
    /// <returns>How many there were.</returns>
    public int ClearReminders() =>
        Change(contents => contents with { Reminders = [], Alarms = contents.Alarms.RemoveAll(alarm => !alarm.IsTimer) }).Reminders.Count;

    /// <summary>Takes out what is due.</summary>
    public IReadOnlyList<DeskAlarm> TakeDue(DateTimeOffset now)
    {
        lock (_gate)
        {
            // What has rung does not ring again when a reply is taken back.
            DeskAlarm[] due = [.. _now.Alarms.Where(alarm => alarm.Due <= now).OrderBy(alarm => alarm.Due)];
            _now = _now with { Alarms = _now.Alarms.RemoveRange(due) };
            _before = _before with { Alarms = _before.Alarms.RemoveRange(due) };
            return due;
        }
    }

    /// <summary>The next of several ways to say something, so that the assistant does not repeat itself.</summary>
    /// <param name="subject">Names the list.</param>
    /// <param name="ways">At least one.</param>
    public string Next(string subject, IReadOnlyList<string> ways)
    {
        ArgumentNullException.ThrowIfNull(ways);
        var turn = Change(contents => contents with { Turns = contents.Turns.SetItem(subject, contents.Turns.GetValueOrDefault(subject) + 1) }).Turns.GetValueOrDefault(subject);
        return ways[turn % ways.Count];
    }

    /// <summary>A reply begins: what is kept now is what <see cref="TakeBack"/> goes back to.</summary>
    public void BeginReply()
    {
        lock (_gate)
        {
            _before = _now;
        }
    }

    /// <summary>Everything is as it was when the last reply began, but for what has rung since.</summary>
    public void TakeBack()
    {
        lock (_gate)
        {
            _now = _before;
        }
    }

    private T Look<T>(Func<Contents, T> at)
    {
        lock (_gate)
        {
            return at(_now);
        }
    }

    // Returns what was kept before.
    private Contents Change(Func<Contents, Contents> change)
    {
        lock (_gate)
        {
            var before = _now;
            _now = change(before);
            return before;
        }
    }

    private sealed record Contents
    {
        public string? UserName { get; init; }

        public SpeechPace Pace { get; init; }

        public string LastReply { get; init; } = "";

        public ImmutableList<DeskReminder> Reminders { get; init; } = [];

        public ImmutableList<string> Notes { get; init; } = [];

        public ImmutableList<DeskAlarm> Alarms { get; init; } = [];

        public ImmutableDictionary<string, int> Turns { get; init; } = ImmutableDictionary.Create<string, int>(StringComparer.Ordinal);
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
