using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace CsmAgent.Conversation.Reply.Desk;

/// <summary>Timers of one conversation.</summary>
/// <param name="memory">Where they are kept.</param>
/// <param name="time">The clock.</param>
public sealed class TimerTools(DeskMemory memory, TimeProvider time)
{
    /// <summary>Starts a timer.</summary>
    [KernelFunction("set_timer"), Description("Starts a timer that is announced when it ends.")]
    public string Set([Description("Length in seconds, 1 or more.")] double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Clamp(seconds, 1, TimeSpan.FromDays(7).TotalSeconds));
        var said = SpokenTime.Say(span);
        memory.AddTimer(new DeskAlarm(time.GetLocalNow() + span, $"Your timer for {said} is done.", IsTimer: true, span));
        return $"Timer set for {said}.";
    }

    /// <summary>Cancels all timers.</summary>
    [KernelFunction("cancel_timer"), Description("Cancels the running timers.")]
    public string Cancel() => memory.ClearTimers() switch
    {
        0 => "There is no timer to cancel.",
        1 => "The timer is cancelled.",
        var count => $"All {count} timers are cancelled.",
    };

    /// <summary>Says what is left.</summary>
    [KernelFunction("timer_left"), Description("Says how much time is left on the running timers.")]
    public string Left()
    {
        var now = time.GetLocalNow();
        var left = memory.Timers.Where(timer => timer.Due > now).Select(timer => SpokenTime.Say(timer.Due - now)).ToList();
        return left.Count switch
        {
            0 => "There is no timer running.",
            1 => $"There are {left[0]} left on the timer.",
            _ => $"The next timer has {left[0]} left. {left.Count} timers are running.",
        };
    }
}
