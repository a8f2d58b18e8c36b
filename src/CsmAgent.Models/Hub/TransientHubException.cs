namespace CsmAgent.Models.Hub;

/// <summary>A failure worth another attempt.</summary>
internal sealed class TransientHubException(HubFault fault, string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What it becomes when attempts run out.</summary>
    public HubFault Fault { get; } = fault;

    /// <summary>The wait the server asked for.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
