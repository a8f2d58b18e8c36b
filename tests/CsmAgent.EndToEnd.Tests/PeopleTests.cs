using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Protocol;
using CsmAgent.TestSupport;
using Xunit.Abstractions;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>Recordings of people, of different rates, rooms and voices, say things to the whole agent.</summary>
[Collection(AgentCollection.Name)]
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class PeopleTests(AgentFixture agent, ITestOutputHelper output)
{
    private static readonly string[] Files = ["brooklyn.wav", "weather.wav", "goforward.wav", "something.wav", "cards-002.wav", "harvard-a5.wav", "lj-0002.wav"];

    [Fact]
    public async Task People_are_heard_understood_as_well_as_their_recordings_allow_and_answered()
    {
        var texts = File.ReadLines(Fixtures.Path("speech", "manifest.tsv")).Select(line => line.Split('\t')).ToDictionary(cell => cell[0], cell => cell[3]);
        await using var talk = new Talk(agent);
        foreach (var file in Files)
        {
            talk.Say(file, Samples(file));
        }

        await talk.HoldAsync();

        var (live, alone) = (default(WordErrors), default(WordErrors));
        for (var i = 0; i < Files.Length; i++)
        {
            var (from, to) = (talk.Talker!.StartOf(i), i + 1 < Files.Length ? talk.Talker.StartOf(i + 1) : long.MaxValue);
            var heard = string.Join(' ', talk.Of<ConversationEvents.UserTurnEnded>()
                .Where(turn => turn.FirstVoicedSample >= from - 2_400 && turn.FirstVoicedSample < to - 2_400)
                .GroupBy(turn => turn.Turn).Select(turn => turn.Last().Text)); // a turn that went on is committed again
            var recognised = await agent.RecogniseAsync(Samples(Files[i]));
            live += WordErrors.Between(texts[Files[i]], heard);
            alone += WordErrors.Between(texts[Files[i]], recognised);
            output.WriteLine($"{Files[i]}: '{texts[Files[i]]}' heard as '{heard}'; the recording alone as '{recognised}'");
        }

        output.WriteLine($"word errors through the whole agent {live.Rate:P0}, of the recordings alone {alone.Rate:P0}, {live.Words} words");
        Assert.Equal(0, talk.Talker!.TurnsGivenUpOn);
        Assert.True(talk.Of<ConversationEvents.AgentTurnEnded>().Count >= Files.Length, talk.Story());
        Assert.Empty(talk.Of<ConversationEvents.Trouble>());
        Assert.True(live.Rate <= alone.Rate + 0.08, $"{live.Rate:P0} word errors through the agent, {alone.Rate:P0} without it.");
    }

    private static float[] Samples(string file) => WavFile.Read(Fixtures.Path("speech", file)).ToHouseFormat();
}
