using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Desk;
using Microsoft.Extensions.Time.Testing;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class DeskPersonaTests
{
    private readonly DeskMemories _memories = new(new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 15, 5, 0, TimeSpan.Zero)));

    [Fact]
    public async Task Its_name_is_taken_off_before_it_does_what_is_asked() =>
        Assert.Equal("2 times 7 is 14.", await SayAsync("Anna", "anna how much is two times seven"));

    [Fact]
    public async Task It_knows_its_name_and_the_others()
    {
        Assert.Equal("I am Anna. Ben and I share this desk.", await SayAsync("Anna", "anna who are you"));
        Assert.Equal("I am Ben. Anna and I share this desk.", await SayAsync("Ben", "ben who are you"));
    }

    [Fact]
    public async Task A_name_alone_is_answered() => Assert.StartsWith("Hello", await SayAsync("Ben", "ben"), StringComparison.Ordinal);

    [Fact]
    public async Task Nobody_speaking_it_asks_the_other() =>
        Assert.Equal("Anna, tell me a joke.", await SayAsync("Ben", ""));

    [Fact]
    public async Task It_tells_a_joke_to_the_other_asks_how_it_was_and_the_other_says_so()
    {
        var joke = await SayAsync("Anna", "Anna, tell me a joke.", from: "Ben");
        Assert.EndsWith(" What do you say, Ben?", joke, StringComparison.Ordinal);

        Assert.Equal("I liked it.", await SayAsync("Ben", joke, from: "Anna"));
    }

    [Fact]
    public async Task The_second_to_be_greeted_does_not_repeat_the_first()
    {
        SpokenTurn[] history = [new(TurnSpeaker.User, "good morning both of you"), new(TurnSpeaker.Agent, "Good morning.", Agent: "Anna")];

        Assert.Equal("Good morning. What can I do for you?", await SayAsync("Anna", "good morning both of you"));
        Assert.Equal("Hello from me too.", await SayAsync("Ben", "good morning both of you", history: history));
    }

    [Fact]
    public async Task A_table_that_goes_on_after_the_process_ended_still_knows_what_it_was_told()
    {
        SpokenTurn[] history = [new(TurnSpeaker.User, "anna my name is robert"), new(TurnSpeaker.Agent, "Nice to meet you Robert.", Agent: "Anna")];

        Assert.Contains("Robert", await SayAsync("Ben", "ben what is my name", history: history), StringComparison.Ordinal);
    }

    private async Task<string> SayAsync(string name, string said, string? from = null, IReadOnlyList<SpokenTurn>? history = null)
    {
        var persona = new DeskPersona(name, [name == "Anna" ? "Ben" : "Anna"], _memories);
        var reply = string.Empty;
        await foreach (var piece in persona.ReplyAsync(new ReplyRequest("c", said, history ?? []) { Agent = name, From = from }, CancellationToken.None))
        {
            reply += piece;
        }

        // It ends with a line break, which says that no word follows.
        return reply.TrimEnd();
    }
}
