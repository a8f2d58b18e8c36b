using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.RoundTable;

/// <summary>The options in samples, and who sits at the table. Immutable.</summary>
internal sealed class FloorPolicy(IReadOnlyList<string> names, RoundTableOptions options)
{
    public IReadOnlyList<string> Names { get; } = names;

    public int TurnBudget { get; } = options.TurnBudget;

    public int TurnsInARow { get; } = options.TurnsInARow;

    public long HandOver { get; } = TurnPolicy.Samples(options.HandOverMs);

    /// <summary>0 for never.</summary>
    public long Silence { get; } = TurnPolicy.Samples(options.SilenceMs);
}
