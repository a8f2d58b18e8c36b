namespace CsmAgent.Models.Hub;

/// <summary>A model that could not be fetched or found. The message is made to be shown: what, found, expected, what to do.</summary>
/// <param name="fault">The kind of failure.</param>
/// <param name="message">The message for people.</param>
/// <param name="inner">The cause, if another exception was it.</param>
public sealed class HubException(HubFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public HubFault Fault { get; } = fault;
}
