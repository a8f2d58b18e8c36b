using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Tests.Turns;

public sealed class TurnMachineTests
{
    private static readonly Lazy<Dictionary<string, (HashSet<TurnPhase> To, HashSet<Type> Does)>> Explored = new(Explore);

    public static TheoryData<string> Rows => [.. TurnTransitions.Table.Select(row => row.Name)];

    [Fact]
    public void A_hundred_thousand_random_conversations_keep_every_rule_and_none_gets_stuck()
    {
        Parallel.For(0, 100_000, seed =>
        {
            var world = new TurnWorld(seed);
            try
            {
                world.Run(events: 60);
                world.GoSilent();
                Assert.Equal(TurnPhase.Listening, world.State.Phase);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message} ({world.State})", e);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_row_of_the_table_happens_and_does_what_it_says(string name)
    {
        var row = TurnTransitions.Table.Single(r => r.Name == name);

        Assert.True(Explored.Value.TryGetValue(name, out var seen), $"no random conversation takes '{name}'");
        if (row.To.Length > 0)
        {
            Assert.Equal(row.To.Order(), seen.To.Order());
        }

        Assert.Equal(row.Does.Select(t => t.Name).Order(), seen.Does.Select(t => t.Name).Order());
    }

    [Fact]
    public void The_documentation_is_the_table()
    {
        var path = Path.Combine(TestSupport.Fixtures.Repository, "src", "CsmAgent.Conversation", "Turns", "transitions.md");
        var expected = TransitionsDocument.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.Equal(expected, File.ReadAllText(path));
    }

    private static Dictionary<string, (HashSet<TurnPhase> To, HashSet<Type> Does)> Explore()
    {
        var seen = new Dictionary<string, (HashSet<TurnPhase> To, HashSet<Type> Does)>();
        for (var seed = 200_000; seed < 208_000; seed++)
        {
            new TurnWorld(seed, (name, to, effects) =>
            {
                if (!seen.TryGetValue(name, out var row))
                {
                    seen[name] = row = ([], []);
                }

                row.To.Add(to);
                row.Does.UnionWith(effects.Select(effect => effect.GetType()));
            }).Run(events: 200);
        }

        return seen;
    }
}
