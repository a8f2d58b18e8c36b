using Microsoft.SemanticKernel;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>All that can be done at the desk, as Semantic Kernel plugins over one conversation's memory: the offline assistant and
/// a language model call the same functions.</summary>
/// <param name="memory">The conversation's memory.</param>
/// <param name="time">The clock.</param>
public sealed class DeskPlugins(DeskMemory memory, TimeProvider time)
{
    /// <summary>Time and date.</summary>
    public ClockTools Clock { get; } = new(time);

    /// <summary>Timers.</summary>
    public TimerTools Timers { get; } = new(memory, time);

    /// <summary>Reminders.</summary>
    public ReminderTools Reminders { get; } = new(memory, time);

    /// <summary>Name, notes, pace.</summary>
    public MemoryTools Memory { get; } = new(memory);

    /// <summary>Stories and jokes.</summary>
    public StoryTools Stories { get; } = new(memory);

    /// <summary>The plugins for a kernel.</summary>
    public IReadOnlyList<KernelPlugin> ToKernelPlugins() =>
    [
        KernelPluginFactory.CreateFromObject(Clock, "clock"),
        KernelPluginFactory.CreateFromObject(Timers, "timers"),
        KernelPluginFactory.CreateFromObject(Reminders, "reminders"),
        KernelPluginFactory.CreateFromObject(Memory, "memory"),
        KernelPluginFactory.CreateFromObject(Stories, "stories"),
        KernelPluginFactory.CreateFromType<ArithmeticTools>("arithmetic"),
    ];
}
