using CsmAgent.Conversation.Options;
using CsmAgent.Conversation.RoundTable;

namespace CsmAgent.Conversation.Tests.RoundTable;

public sealed class FloorTests
{
    private const int Anna = 0;
    private const int Ben = 1;
    private const long Second = 24_000;
    private static readonly FloorPolicy Policy = new(["Anna", "Ben"], new RoundTableOptions { TurnBudget = 3, TurnsInARow = 2, HandOverMs = 500, SilenceMs = 6_000 });

    [Fact]
    public void Whom_the_person_calls_answers()
    {
        var floor = Floor.Ask(new FloorState(), "ben what time is it", Policy);

        Assert.Equal(Ben, floor.Speaker);
        Assert.Empty(floor.Queue);
        Assert.Equal(new Remark("ben what time is it", null), floor.Answers);
    }

    [Fact]
    public void Without_a_call_the_talk_goes_on_with_the_same_until_it_is_anothers_turn()
    {
        var floor = Say(Floor.Ask(new FloorState(), "ben what time is it", Policy), "Ten.");

        floor = Floor.Ask(floor, "and what day is it", Policy);
        Assert.Equal(Ben, floor.Speaker);
        floor = Floor.Ask(Say(floor, "Monday."), "and how are you", Policy);
        Assert.Equal(Anna, floor.Speaker);
    }

    [Fact]
    public void Asked_again_for_the_same_turn_it_chooses_by_the_words_alone()
    {
        var spoken = Say(Floor.Ask(new FloorState(), "ben hello", Policy), "Hello.");

        var early = Floor.Ask(spoken, "anna", Policy);

        Assert.Equal(Floor.Ask(spoken, "anna what time is it", Policy).Speaker, Floor.Ask(early, "anna what time is it", Policy).Speaker);
    }

    [Fact]
    public void Both_are_asked_and_both_answer_the_person_one_after_the_other()
    {
        var floor = Floor.Ask(new FloorState(), "good morning both of you", Policy);
        Assert.Equal(Anna, floor.Speaker);

        floor = Say(floor, "Good morning.", at: Second);
        Assert.Null(Floor.Offer(floor, Second + 11_000, Policy).Given);
        (floor, var given) = Floor.Offer(floor, Second + 12_000, Policy);

        Assert.Equal((Ben, new Remark("good morning both of you", null)), (floor.Speaker, given));
        Assert.Null(Floor.Offer(floor, 100 * Second, Policy).Given);
    }

    [Fact]
    public void An_agent_hands_over_by_name_and_the_budget_ends_it()
    {
        var floor = Floor.Ask(new FloorState(), "anna ask ben something", Policy);
        List<int> spoke = [];
        for (var at = Second; at < 60 * Second; at += Second)
        {
            floor = Say(floor, floor.Speaker == Anna ? "And you, Ben?" : "And you, Anna?", at);
            spoke.Add(floor.Speaker);
            (floor, var given) = Floor.Offer(floor, at + Second - 1, Policy);
            if (given is null)
            {
                break;
            }

            Assert.Equal(spoke[^1], given.From);
        }

        Assert.Equal([Anna, Ben, Anna], spoke);
    }

    [Theory]
    [InlineData("Ben, you know this. I like it.", false)]
    [InlineData("Yes, Ben.", false)]
    [InlineData("It is ten. Ben, tell me a joke.", true)]
    [InlineData("It is ten. What do you say, Ben?", true)]
    public void Only_a_request_or_a_question_at_the_end_hands_over(string text, bool handsOver) =>
        Assert.Equal(handsOver, Say(Floor.Ask(new FloorState(), "anna hello", Policy), text).Queue.Count > 0);

    [Fact]
    public void After_a_silence_the_other_speaks_of_its_own_accord()
    {
        var floor = Say(Floor.Ask(new FloorState(), "anna hello", Policy), "Hello.", at: Second);

        Assert.Null(Floor.Offer(floor, (7 * Second) - 1, Policy).Given);
        (floor, var given) = Floor.Offer(floor, 7 * Second, Policy);

        Assert.Equal((Ben, new Remark("", null)), (floor.Speaker, given));
    }

    [Fact]
    public void Nobody_begins_before_the_person_has_spoken_or_after_a_cut()
    {
        Assert.Null(Floor.Offer(new FloorState(), 100 * Second, Policy).Given);

        var cut = Floor.Cut(Floor.Ask(new FloorState(), "good morning both of you", Policy), wasHeard: true);

        Assert.Empty(cut.Queue);
        Assert.Null(Floor.Offer(cut, 100 * Second, Policy).Given);
    }

    [Fact]
    public void A_cough_holds_the_floor_and_gives_it_back()
    {
        var floor = Say(Floor.Ask(new FloorState(), "good morning both of you", Policy), "Good morning.");

        floor = Floor.Free(floor, null);
        Assert.Null(Floor.Offer(floor, 50 * Second, Policy).Given);
        floor = Floor.Free(floor, 50 * Second);

        Assert.Equal(Ben, Floor.Offer(floor, 51 * Second, Policy).State.Speaker);
    }

    private static FloorState Say(FloorState floor, string text, long at = Second) => Floor.Spoke(floor, text, at, Policy);
}
