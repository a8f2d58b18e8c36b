using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>The memories of all conversations, by name, and what rings in them.</summary>
/// <param name="time">The clock.</param>
public sealed class DeskMemories(TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentDictionary<string, DeskMemory> _memories = new(StringComparer.Ordinal);

    /// <summary>The clock that timers and reminders follow.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>A conversation's memory; made at first use.</summary>
    public DeskMemory Of(string conversationId) => _memories.GetOrAdd(conversationId, _ => new DeskMemory());

    /// <summary>Forgets a conversation.</summary>
    public void Forget(string conversationId) => _memories.TryRemove(conversationId, out _);

    /// <summary>Announces timers and reminders of a conversation as they fall due, until it is cancelled: say each aloud.</summary>
    public async IAsyncEnumerable<string> AlarmsAsync(string conversationId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ticks = new PeriodicTimer(Tick, Time);
        while (await ticks.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var alarm in Of(conversationId).TakeDue(Time.GetLocalNow()))
            {
                yield return alarm.Announcement;
            }
        }
    }
}
