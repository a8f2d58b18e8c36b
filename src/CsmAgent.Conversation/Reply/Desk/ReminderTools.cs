using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Reminders of one conversation.</summary>
/// <param name="memory">Where they are kept.</param>
/// <param name="time">The clock.</param>
public sealed class ReminderTools(DeskMemory memory, TimeProvider time)
{
    /// <summary>Keeps a reminder.</summary>
    [KernelFunction("add_reminder"), Description("Keeps a reminder; it is announced when a time is given that can be understood.")]
    public string Add(
        [Description("What to do, as an order: call your mother.")] string task,
        [Description("When, in the user's words: tomorrow morning, at three o'clock, in ten minutes; empty if not said.")] string when = "")
    {
        ArgumentNullException.ThrowIfNull(when);
        memory.Add(new DeskReminder(task, when, SpokenTime.Moment(Utterance.Normalize(when), time.GetLocalNow())));
        return $"I will remind you to {task}{(when.Length == 0 ? string.Empty : " " + when)}.";
    }

    /// <summary>Reads the reminders.</summary>
    [KernelFunction("list_reminders"), Description("Reads all reminders of this conversation.")]
    public string List()
    {
        var reminders = memory.Reminders.Select(reminder => $"{reminder.Task}{(reminder.When.Length == 0 ? string.Empty : " " + reminder.When)}").ToList();
        return reminders.Count switch
        {
            0 => "You have no reminders.",
            1 => $"You have one reminder: {reminders[0]}.",
            _ => $"You have {reminders.Count} reminders: {string.Join("; ", reminders[..^1])}; and {reminders[^1]}.",
        };
    }

    /// <summary>Forgets the reminders.</summary>
    [KernelFunction("clear_reminders"), Description("Deletes all reminders of this conversation.")]
    public string Clear() => memory.ClearReminders() == 0 ? "You have no reminders." : "All reminders are deleted.";
}
