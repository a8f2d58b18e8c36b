using System.Collections.Concurrent;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>The memories of all conversations, by name, and what rings in them.</summary>
/// <param name="time">The clock.</param>
public sealed class DeskMemories(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DeskMemory> _memories = new(StringComparer.Ordinal);

    /// <summary>The clock that timers and reminders follow.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>A conversation's memory; made at first use.</summary>
    public DeskMemory Of(string conversationId) => _memories.GetOrAdd(conversationId, _ => new DeskMemory());

    /// <summary>A conversation's memory; null when there is none yet.</summary>
    public DeskMemory? Find(string conversationId) => _memories.GetValueOrDefault(conversationId);

    /// <summary>Forgets a conversation.</summary>
    public void Forget(string conversationId) => _memories.TryRemove(conversationId, out _);

    /// <summary>Undoes what the last reply of a conversation did.</summary>
    public void TakeBack(string conversationId) => Find(conversationId)?.TakeBack();

    /// <summary>Takes out what timers and reminders of a conversation announce by now, the oldest first.</summary>
    public IReadOnlyList<string> TakeDue(string conversationId) =>
        _memories.TryGetValue(conversationId, out var memory) ? [.. memory.TakeDue(Time.GetLocalNow()).Select(alarm => alarm.Announcement)] : [];
}
