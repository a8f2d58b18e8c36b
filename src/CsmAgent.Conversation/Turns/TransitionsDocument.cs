using System.Text;

namespace CsmAgent.Conversation.Turns;

/// <summary>The transition table as a page for people; <c>transitions.md</c> is this text, and a test compares them.</summary>
internal static class TransitionsDocument
{
    public static string Write()
    {
        var page = new StringBuilder();
        page.Append("# Transitions of the turn machine\n\n");
        page.Append("Written from `TurnTransitions.Table`. The first row that fits an event is taken; an event that fits none changes nothing.\n");
        page.Append("`=` stays in its phase. Positions and waits count samples of the device.\n\n");
        page.Append("| transition | from | on | if | to | effects |\n|---|---|---|---|---|---|\n");
        foreach (var row in TurnTransitions.Table)
        {
            page.Append($"| {row.Name} | {string.Join(", ", row.From)} | {row.On.Name} | {row.If} | ");
            page.Append($"{(row.To.Length == 0 ? "=" : string.Join(", ", row.To))} | {string.Join(", ", row.Does.Select(t => t.Name))} |\n");
        }

        return page.ToString();
    }
}
