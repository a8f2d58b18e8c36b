using CsmAgent.Cli.Measuring.Overlap;
using CsmAgent.Conversation;
using CsmAgent.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>The first scenes of <c>bench overlap</c>: two of each situation.</summary>
[Collection(AgentCollection.Name)]
[Trait("Category", "Slow")]
public sealed class OverlapTests(AgentFixture agent)
{
    private const int Seed = 1;
    private static readonly string Turns = Path.Combine(Fixtures.Repository, "voices", "desk-turns");

    [Fact]
    public async Task Interruptions_are_taken_and_background_is_not()
    {
        await using var stage = new OverlapStage(
            agent.Services.GetRequiredService<IConversationFactory>(), agent.Engines, DeskTurn.Named("018-story.wav").Samples());
        var outcomes = await stage.PlayAllAsync(Scenes(8), _ => { }, CancellationToken.None);

        var story = string.Join('\n', outcomes.Select(outcome => $"{outcome.Scene}: {outcome.Action} {outcome.Why}"));
        Assert.True(outcomes.All(outcome => outcome.Action is not null), story);
        Assert.True(outcomes.Where(outcome => outcome.Scene.Situation == OverlapSituation.Interruption).All(outcome => outcome.IsCut), story);
        Assert.True(outcomes.Where(outcome => outcome.Scene.Situation == OverlapSituation.Background).All(outcome => !outcome.IsCut), story);
    }

    [Fact]
    public void A_seed_makes_the_same_scenes_and_fewer_are_the_first_of_more()
    {
        var (few, many) = (Scenes(8), Scenes(12));

        Assert.Equal(12, many.Select(scene => scene.Number).Distinct().Count());
        Assert.Equal(few.Select(scene => scene.ToString()), many.Take(8).Select(scene => scene.ToString()));
        Assert.All(few.Zip(many), pair => Assert.Equal(pair.First.Samples.ToArray(), pair.Second.Samples.ToArray()));
        Assert.Equal(4, few.Select(scene => scene.Situation).Distinct().Count());
    }

    private static OverlapScene[] Scenes(int count) => [.. OverlapScenes.Make(Turns, Path.Combine(Fixtures.Repository, "tests", "fixtures"), Seed, count)];
}
