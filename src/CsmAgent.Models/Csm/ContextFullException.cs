namespace CsmAgent.Models.Csm;

/// <summary>Rows that do not fit the model's positions. Drop the oldest turns and prefill again.</summary>
/// <param name="used">Positions in use.</param>
/// <param name="wanted">Rows to be added.</param>
/// <param name="limit">The most positions there can be.</param>
public sealed class ContextFullException(int used, int wanted, int limit)
    : InvalidOperationException($"{wanted} rows do not fit: {used} of {limit} positions are in use. Drop the oldest turns and prefill again.")
{
    /// <summary>Positions in use.</summary>
    public int Used { get; } = used;

    /// <summary>Rows to be added.</summary>
    public int Wanted { get; } = wanted;

    /// <summary>The most positions there can be.</summary>
    public int Limit { get; } = limit;
}
