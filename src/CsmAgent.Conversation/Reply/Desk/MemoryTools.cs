using System.ComponentModel;
using System.Globalization;
using Microsoft.SemanticKernel;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>What the user told the assistant to keep: name, notes, pace.</summary>
/// <param name="memory">Where it is kept.</param>
public sealed class MemoryTools(DeskMemory memory)
{
    /// <summary>Keeps the user's name.</summary>
    [KernelFunction("set_user_name"), Description("Keeps the user's name for this conversation.")]
    public string SetName([Description("The name.")] string name)
    {
        memory.UserName = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(name);
        return memory.Next("name", [$"Nice to meet you, {memory.UserName}.", $"Hello, {memory.UserName}. I will remember that."]);
    }

    /// <summary>Says the user's name.</summary>
    [KernelFunction("get_user_name"), Description("Says the user's name if it was told.")]
    public string GetName() => memory.UserName is { } name ? $"Your name is {name}." : "You have not told me your name yet. What is it?";

    /// <summary>Keeps a note.</summary>
    [KernelFunction("add_note"), Description("Keeps something the user wants remembered, such as a number.")]
    public string AddNote([Description("The note, as the assistant would say it back to the user: your number is 4 1 7.")] string note)
    {
        memory.AddNote(note);
        return $"I have noted that {note}.";
    }

    /// <summary>Reads the notes.</summary>
    [KernelFunction("list_notes"), Description("Reads what the user asked to remember.")]
    public string ListNotes() => memory.Notes is { Count: > 0 } notes ? $"You told me this: {string.Join("; ", notes)}." : "You have not given me any notes yet.";

    /// <summary>Sets the pace.</summary>
    [KernelFunction("set_pace"), Description("Makes the assistant pause more (slow) or speak normally.")]
    public string SetPace([Description("True for slow, false for normal.")] bool slow)
    {
        memory.Pace = slow ? SpeechPace.Slow : SpeechPace.Normal;
        return slow ? "All right. I will take it slowly, with more pauses." : "All right. I will leave out the pauses.";
    }
}
