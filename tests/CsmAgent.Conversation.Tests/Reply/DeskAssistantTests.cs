using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply.Desk;
using Microsoft.Extensions.Time.Testing;

namespace CsmAgent.Conversation.Tests.Reply;

public sealed class DeskAssistantTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 15, 5, 0, TimeSpan.Zero));
    private readonly DeskMemories _memories;
    private readonly DeskAssistant _assistant;
    private readonly List<SpokenTurn> _history = [];

    public DeskAssistantTests()
    {
        _memories = new DeskMemories(_time);
        _assistant = new DeskAssistant(_memories);
    }

    [Theory]
    [InlineData("what time is it", "It is 3:05 pm.")]
    [InlineData("what day is it today", "Today is Monday, November 23, 2026.")]
    [InlineData("what is the date tomorrow", "Tomorrow is Tuesday, November 24, 2026.")]
    [InlineData("how many days until friday", "There are 4 days until Friday.")]
    [InlineData("how much is twelve times seventeen", "12 times 17 is 204.")]
    [InlineData("what is twenty three plus nineteen", "23 plus 19 is 42.")]
    [InlineData("what is two plus three times four", "2 plus 3 times 4 is 14.")]
    [InlineData("how many minutes are there in a day", "There are 1440 minutes in a day.")]
    [InlineData("how many seconds are in three hours", "There are 10800 seconds in 3 hours.")]
    [InlineData("what is fifteen percent of eighty", "15 percent of 80 is 12.")]
    [InlineData("what is the square root of eighty one", "The square root of 81 is 9.")]
    [InlineData("divide one hundred by zero", "I cannot divide by zero.")]
    [InlineData("subtract five from twelve", "12 minus 5 is 7.")]
    [InlineData("what is nine times in essence", "I did not catch the numbers. Please say the sum again.")]
    [InlineData("no that is not what i meant", "Sorry. What did you mean?")]
    [InlineData("what is my name", "You have not told me your name yet. What is it?")]
    [InlineData("what are my reminders", "You have no reminders.")]
    [InlineData("cancel the timer", "There is no timer to cancel.")]
    public async Task Requests_are_answered(string said, string answer) => Assert.Equal(answer, await SayAsync(said));

    [Fact]
    public async Task A_timer_is_set_counted_down_announced_and_gone()
    {
        Assert.Equal("Timer set for 5 minutes.", await SayAsync("set a timer for five minutes"));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("There are 3 minutes left on the timer.", await SayAsync("how much time is left on the timer"));

        Assert.Empty(_assistant.TakeAnnouncements("c"));
        _time.Advance(TimeSpan.FromMinutes(4));

        Assert.Equal(["Your timer for 5 minutes is done."], _assistant.TakeAnnouncements("c"));
        Assert.Empty(_assistant.TakeAnnouncements("c"));
        Assert.Equal("There is no timer running.", await SayAsync("how much time is left on the timer"));
    }

    [Theory]
    [InlineData("set a timer for an hour and a half", "Timer set for 1 hour and 30 minutes.")]
    [InlineData("start a ninety second timer", "Timer set for 1 minute and 30 seconds.")]
    [InlineData("timer for half an hour", "Timer set for 30 minutes.")]
    [InlineData("set a timer for a couple of minutes", "Timer set for 2 minutes.")]
    [InlineData("set a timer for one hour and twenty minutes", "Timer set for 1 hour and 20 minutes.")]
    [InlineData("set a timer", "For how long shall I set the timer?")]
    public async Task Spans_are_understood(string said, string answer) => Assert.Equal(answer, await SayAsync(said));

    [Fact]
    public async Task Reminders_are_kept_read_and_cleared()
    {
        Assert.Equal("I will remind you to call the dentist at three o'clock.", await SayAsync("remind me to call the dentist at three o'clock"));
        Assert.Equal("I will remind you to water your plants tomorrow morning.", await SayAsync("please remind me tomorrow morning to water my plants"));
        Assert.Equal("You have 2 reminders: call the dentist at three o'clock; and water your plants tomorrow morning.", await SayAsync("what are my reminders"));

        Assert.Equal([new DateTimeOffset(2026, 11, 24, 15, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 24, 9, 0, 0, TimeSpan.Zero)],
            _memories.Of("c").Reminders.Select(reminder => reminder.Due!.Value));
        Assert.Equal("All reminders are deleted.", await SayAsync("delete all my reminders"));
    }

    [Fact]
    public async Task A_reply_that_is_taken_back_has_done_nothing_and_what_rang_does_not_ring_again()
    {
        await SayAsync("set a timer for one minute");
        await SayAsync("remind me to water the plants");
        _time.Advance(TimeSpan.FromMinutes(2));
        _ = _assistant.TakeAnnouncements("c");

        _assistant.TakeBack("c");
        _assistant.TakeBack("c");

        Assert.Equal("You have no reminders.", await SayAsync("what are my reminders"));
        Assert.Empty(_assistant.TakeAnnouncements("c"));
        await SayAsync("remind me to water the plants tomorrow morning");
        Assert.Equal("You have one reminder: water the plants tomorrow morning.", await SayAsync("what are my reminders"));
    }

    [Fact]
    public async Task Names_and_notes_belong_to_their_conversation()
    {
        Assert.Equal("Nice to meet you, Anna.", await SayAsync("my name is anna"));
        Assert.Equal("Your name is Anna.", await SayAsync("what is my name"));
        Assert.Equal("I have noted that your number is four one seven.", await SayAsync("my number is four one seven"));
        Assert.Equal("You told me this: your number is four one seven.", await SayAsync("what is my number"));

        _history.Clear();
        Assert.Equal("You have not told me your name yet. What is it?", await SayAsync("what is my name", conversation: "other"));
    }

    [Fact]
    public async Task What_was_said_is_recalled_and_repeated()
    {
        var first = await SayAsync("what time is it");

        Assert.Equal("You said: what time is it.", await SayAsync("what did i just say"));
        _memories.Of("c").LastReply = first;
        Assert.Equal(first, await SayAsync("could you please repeat that"));
    }

    [Fact]
    public async Task An_interrupted_story_goes_on_where_it_was_cut()
    {
        var story = await SayAsync("tell me a story about a lighthouse");
        _history[^1] = new SpokenTurn(TurnSpeaker.Agent, "An old man kept a lighthouse that no", WasInterrupted: true);

        var rest = await SayAsync("go on");

        Assert.StartsWith("ship needed any more.", rest, StringComparison.Ordinal);
        Assert.EndsWith(rest, story, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_pace_puts_pauses_between_phrases()
    {
        await SayAsync("please speak more slowly");

        Assert.Contains(", and ", await SayAsync("what can you do"), StringComparison.Ordinal);
        await SayAsync("you can talk faster");
        Assert.DoesNotContain(", and the date", await SayAsync("what can you do"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stories_and_jokes_do_not_repeat_at_once() =>
        Assert.NotEqual(await SayAsync("tell me a joke"), await SayAsync("tell me another joke"));

    [Fact]
    public async Task A_reply_begun_early_sets_no_timer_before_the_turn_is_over()
    {
        var over = new TaskCompletionSource();
        await using var pieces = _assistant.ReplyAsync(
            new ReplyRequest("c", "set a timer for five minutes", []) { Authorised = over.Task }, CancellationToken.None).GetAsyncEnumerator();

        var first = pieces.MoveNextAsync().AsTask();
        Assert.False(first.IsCompleted);
        Assert.Empty(_memories.Of("c").Timers);

        over.SetResult();
        Assert.True(await first);
        Assert.Single(_memories.Of("c").Timers);
    }

    [Fact]
    public async Task A_conversation_that_goes_on_after_the_process_ended_is_remembered_from_what_was_heard()
    {
        await SayAsync("my name is anna");
        await SayAsync("take a note that my number is four one seven");
        await SayAsync("set a timer for five minutes");
        var later = new DeskMemories(_time);
        var assistant = new DeskAssistant(later);

        Assert.Equal("Your name is Anna.", await SayAsync("what is my name", assistant: assistant));
        Assert.Contains("your number is four one seven", await SayAsync("read my notes", assistant: assistant), StringComparison.Ordinal);
        Assert.Empty(later.Of("c").Timers);

        // Forgotten, with the history: nothing is left to remember from.
        assistant.Forget("c");
        _history.Clear();
        Assert.StartsWith("You have not told me", await SayAsync("what is my name", assistant: assistant), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_comes_sentence_by_sentence()
    {
        List<string> pieces = [];
        await foreach (var piece in _assistant.ReplyAsync(new ReplyRequest("c", "tell me a story", []), CancellationToken.None))
        {
            pieces.Add(piece);
        }

        Assert.InRange(pieces.Count, 4, 20);
    }

    [Fact]
    public async Task Ten_thousand_characters_are_answered() => Assert.NotEmpty(await SayAsync(string.Concat(Enumerable.Repeat("blah time ", 1000))));

    private async Task<string> SayAsync(string said, string conversation = "c", DeskAssistant? assistant = null)
    {
        var reply = string.Empty;
        await foreach (var piece in (assistant ?? _assistant).ReplyAsync(new ReplyRequest(conversation, said, [.. _history]), CancellationToken.None))
        {
            reply += piece;
        }

        reply = reply.TrimEnd('\n');
        _history.Add(new SpokenTurn(TurnSpeaker.User, said));
        _history.Add(new SpokenTurn(TurnSpeaker.Agent, reply));
        return reply;
    }
}
