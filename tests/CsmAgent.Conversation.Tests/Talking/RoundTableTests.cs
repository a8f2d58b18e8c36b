using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.RoundTable;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>A person and two agents, through the same actors and the same turn machine.</summary>
public sealed class RoundTableTests
{
    private readonly List<ReplyRequest> _asked = [];

    [Fact]
    public async Task Each_is_asked_by_name_and_answers_in_its_own_voice()
    {
        await using var desk = Table((request, agent) => $"{agent} heard you.").User("anna what time is it").User("ben what day is it");

        await desk.TalkAsync();

        Assert.Equal(["Anna heard you.", "Ben heard you."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
        Assert.Equal(["Anna", "Ben"], desk.Of<ConversationEvents.AgentTookFloor>().Select(took => took.Agent));
        Assert.Equal(
            ["open warm+deep", "append 2 'anna what time is it'", "speak 1 'Anna heard you.'", "append 2 'ben what day is it'", "speak 2 'Ben heard you.' as 1"],
            desk.Engines.Asked.Select(asked => asked.StartsWith("append", StringComparison.Ordinal) ? asked[..asked.LastIndexOf(' ')] : asked));
        Assert.Empty(desk.Of<ConversationEvents.Trouble>());
    }

    [Fact]
    public async Task Asked_both_they_answer_one_after_the_other_and_the_second_knows_what_the_first_said()
    {
        await using var desk = Table((_, agent) => $"Good morning from {agent}.").User("good morning both of you");

        await desk.TalkAsync();

        var turns = desk.Of<ConversationEvents.AgentTurnEnded>().ToArray();
        Assert.Equal(["Good morning from Anna.", "Good morning from Ben."], turns.Select(turn => turn.HeardText));
        Assert.True(turns[1].FirstPlayedSample - turns[0].LastPlayedSample > 8_000, desk.Story());
        Assert.Equal(("Ben", null, "good morning both of you"), (_asked[^1].Agent, _asked[^1].From, _asked[^1].UserText));
        Assert.Equal(new SpokenTurn(TurnSpeaker.Agent, "Good morning from Anna.", Agent: "Anna"), _asked[^1].History[^1]);
    }

    [Fact]
    public async Task An_agent_that_is_addressed_by_another_answers_it()
    {
        await using var desk = Table((request, agent) => request.From is { } other ? $"Yes {other}." : "I wonder. What do you say, Ben?").User("anna what is new");

        await desk.TalkAsync();

        Assert.Equal(["I wonder. What do you say, Ben?", "Yes Anna."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
        Assert.Equal(("Anna", "I wonder. What do you say, Ben?"), (_asked[^1].From, _asked[^1].UserText));
        Assert.DoesNotContain(_asked[^1].History, turn => turn.Agent == "Anna");
    }

    [Fact]
    public async Task The_person_interrupts_all_and_nobody_takes_the_floor_that_was_promised()
    {
        await using var desk = Table((request, agent) => request.UserText.StartsWith("stop", StringComparison.Ordinal) ? "Okay." : "There was once a small robot who swept the floor of a station.")
            .User("good morning both of you")
            .Interrupts("stop stop talking", seconds: 1, after: 1);

        await desk.TalkAsync();

        var turns = desk.Of<ConversationEvents.AgentTurnEnded>().ToArray();
        Assert.True(turns is [{ WasInterrupted: true }, { HeardText: "Okay.", WasInterrupted: false }], desk.Story());
    }

    [Fact]
    public async Task After_a_silence_an_agent_speaks_of_its_own_accord_until_the_budget_is_spent()
    {
        await using var desk = Table((request, agent) => request.UserText.Length == 0 ? $"{(agent == "Anna" ? "Ben" : "Anna")}, tell me a joke." : "No joke today.");
        desk.SilenceAtEnd = TimeSpan.FromSeconds(12);
        desk.Options.RoundTable.TurnBudget = 3;
        desk.User("anna hello");

        await desk.TalkAsync();

        Assert.Equal(["No joke today.", "Anna, tell me a joke.", "No joke today."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
        NobodyTalksOverAnother(desk);
    }

    [Fact]
    public async Task A_person_who_speaks_before_a_promised_answer_sounds_is_heard_first()
    {
        await using var desk = Table((request, agent) => $"{agent} says {request.UserText}.")
            .User("good morning both of you")
            .Then("anna wait a moment", seconds: 1, after: 3.4);

        await desk.TalkAsync();

        NobodyTalksOverAnother(desk);
        Assert.Equal(2, desk.Of<ConversationEvents.UserTurnEnded>().Count());
    }

    private static void NobodyTalksOverAnother(Desk desk)
    {
        long end = 0;
        foreach (var turn in desk.Of<ConversationEvents.AgentTurnEnded>().Where(turn => turn.FirstPlayedSample is not null))
        {
            Assert.True(turn.FirstPlayedSample >= end, desk.Story());
            end = turn.LastPlayedSample!.Value;
        }
    }

    private Desk Table(Func<ReplyRequest, string, string> answer)
    {
        var desk = new Desk();
        desk.Engines.Answer = (request, _) =>
        {
            lock (_asked)
            {
                _asked.Add(request);
            }

            return FakeEngines.Say(answer(request, request.Agent!));
        };
        desk.Agents = [new TableAgent("Anna", "warm", desk.Engines), new TableAgent("Ben", "deep", desk.Engines)];
        return desk;
    }
}
