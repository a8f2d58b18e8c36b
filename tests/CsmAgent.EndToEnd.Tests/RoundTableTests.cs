using CsmAgent.Cli;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Recording;
using CsmAgent.TestSupport;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>The demonstration of <c>talk --agents</c>: recorded turns, the real recogniser and voices, in virtual time.</summary>
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class RoundTableTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("csm-agent-table-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_person_and_two_agents_share_one_floor()
    {
        var exit = await CommandLine.RunAsync(
            ["talk", "--agents", "Anna,Ben", "--turns", Path.Combine(Fixtures.Repository, "voices", "round-table", "conversation.turns"), "--fast", "--plain", "--output", _folder.FullName],
            AgentFixture.Silent);

        Assert.Equal(ExitCode.Ok, exit);
        var events = ConversationLog.Read(Path.Combine(_folder.FullName, "conversation.jsonl"));
        var story = string.Join('\n', events.Where(e => e is not (ConversationEvents.Levels or ConversationEvents.AgentCaption or ConversationEvents.PartialTranscript)));
        var names = events.OfType<ConversationEvents.AgentTookFloor>().GroupBy(took => took.Generation).ToDictionary(took => took.Key, took => took.Last().Agent);
        var spoken = events.OfType<ConversationEvents.AgentTurnEnded>().Where(turn => turn.HeardFrames > 0).ToList();

        // Both are greeted; each is called by name; the story is interrupted; a sum and its follow-up stay with Anna; after a silence
        // Ben asks her for a joke and says how it was; both say goodbye.
        (string Agent, string Says)[] expected =
        [
            ("Anna", "Good morning"), ("Ben", "Hello from me too"), ("Anna", "It is"), ("Ben", "There was"), ("Ben", "Okay"), ("Anna", "two hundred four"), ("Anna", "Today is"),
            ("Ben", "tell me a joke"), ("Anna", "What do you say, Ben"), ("Ben", "I liked it"), ("Anna", "Goodbye"), ("Ben", "goodbye"),
        ];
        Assert.True(expected.Length == spoken.Count, story);
        foreach (var (want, turn) in expected.Zip(spoken))
        {
            Assert.True(want.Agent == names[turn.Generation] && turn.HeardText.Contains(want.Says, StringComparison.OrdinalIgnoreCase), $"{want} is '{turn.HeardText}'\n{story}");
        }

        Assert.Equal(["Ben"], spoken.Where(turn => turn.WasInterrupted).Select(turn => names[turn.Generation]));
        Assert.All(spoken.Zip(spoken.Skip(1)), pair => Assert.True(pair.First.LastPlayedSample <= pair.Second.FirstPlayedSample, story));
        Assert.Empty(events.OfType<ConversationEvents.Trouble>());
    }
}
