namespace CsmAgent.Conversation.RoundTable;

/// <summary>Who speaks next, as a pure function: whom the person or the agent before addressed; without an address, whoever the person
/// was talking with, until it is another's turn; after a silence, whoever has not spoken for longest. It only offers the floor: the turn
/// machine gives it when nobody speaks, so nobody talks over another and the person interrupts all.</summary>
internal static class Floor
{
    /// <summary>The person has said something (or perhaps said it all): chooses who answers. May be asked again for the same turn.</summary>
    public static FloorState Ask(FloorState s, string text, FloorPolicy policy)
    {
        var remark = new Remark(text, null);
        int[] addressed = [.. Address.Of(text, policy.Names).Agents];
        if (addressed.Length == policy.Names.Count)
        {
            // All of them: who has not spoken for longest goes first.
            addressed = [.. addressed.OrderBy(agent => SpokeAt(s, agent))];
        }

        if (addressed.Length == 0)
        {
            addressed = [s.InARow >= policy.TurnsInARow ? LongestSilent(s, policy) : s.Speaker];
        }

        return s with
        {
            Speaker = addressed[0],
            Answers = remark,
            Queue = [.. addressed.Skip(1).Select(agent => (agent, remark))],
            InARow = addressed[0] == s.Speaker ? s.InARow : 0,
            Spent = 0,
            FreeSince = null,
        };
    }

    /// <summary>The speaker has come to its end: whom it addressed is next.</summary>
    /// <param name="s">The state.</param>
    /// <param name="text">What it said.</param>
    /// <param name="at">When.</param>
    /// <param name="policy">The policy.</param>
    public static FloorState Spoke(FloorState s, string text, long at, FloorPolicy policy)
    {
        var remark = new Remark(text, s.Speaker);
        var asked = HandsOver(text, policy) ? Address.Of(LastSentence(text), policy.Names).Agents.Where(agent => agent != s.Speaker).Select(agent => (agent, remark)).ToArray() : [];
        return Count(s) with { Queue = asked.Length > 0 ? [.. asked] : s.Queue, FreeSince = at };
    }

    /// <summary>The speaker was cut: whatever was to follow falls away, until the person has spoken.</summary>
    public static FloorState Cut(FloorState s, bool wasHeard) => (wasHeard ? Count(s) : s) with { Queue = [], FreeSince = null };

    /// <summary>Somebody speaks, or did and nothing came of it.</summary>
    public static FloorState Free(FloorState s, long? since) => s with { FreeSince = since };

    /// <summary>Nobody speaks: does anybody take the floor?</summary>
    /// <returns>The new state with its speaker, and what is answered; the same state and null when all stay silent.</returns>
    public static (FloorState State, Remark? Given) Offer(FloorState s, long now, FloorPolicy policy)
    {
        if (s.FreeSince is not { } since || s.Spent >= policy.TurnBudget)
        {
            return (s, null);
        }

        if (s.Queue is [var next, ..])
        {
            return now >= since + policy.HandOver ? Give(s with { Queue = s.Queue.RemoveAt(0) }, next.Agent, next.Remark) : (s, null);
        }

        var other = LongestSilent(s, policy);
        return policy.Silence > 0 && now >= since + policy.Silence && other != s.Speaker ? Give(s, other, new Remark("", null)) : (s, null);
    }

    private static (FloorState, Remark?) Give(FloorState s, int agent, Remark remark) =>
        (s with { Speaker = agent, Answers = remark, InARow = agent == s.Speaker ? s.InARow : 0, FreeSince = null }, remark);

    private static FloorState Count(FloorState s)
    {
        var spoke = s.SpokeAt;
        while (spoke.Length <= s.Speaker)
        {
            spoke = spoke.Add(0);
        }

        return s with { SpokeAt = spoke.SetItem(s.Speaker, spoke.Max() + 1), InARow = s.InARow + 1, Spent = s.Spent + 1 };
    }

    private static int SpokeAt(FloorState s, int agent) => agent < s.SpokeAt.Length ? s.SpokeAt[agent] : 0;

    private static int LongestSilent(FloorState s, FloorPolicy policy) =>
        Enumerable.Range(0, policy.Names.Count).OrderBy(agent => SpokeAt(s, agent)).ThenBy(agent => agent == s.Speaker).First();

    // "Anna, tell me a joke." and "What do you say, Ben?" want an answer, "Yes, Anna." wants none.
    private static bool HandsOver(string text, FloorPolicy policy) =>
        text.TrimEnd().EndsWith('?') || policy.Names.Any(name => LastSentence(text).TrimStart().StartsWith(name, StringComparison.OrdinalIgnoreCase));

    // "Ben told me a joke." speaks of him; the last sentence says to whom it goes.
    private static string LastSentence(string text)
    {
        var end = text.TrimEnd('.', '!', '?', ' ');
        return end[(end.LastIndexOfAny(['.', '!', '?']) + 1)..];
    }
}
