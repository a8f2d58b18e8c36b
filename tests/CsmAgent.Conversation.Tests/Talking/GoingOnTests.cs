using CsmAgent.Audio;
using CsmAgent.Conversation.Journal;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

public sealed class GoingOnTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("going-on").FullName;

    [Fact]
    public async Task Who_goes_on_in_the_first_moment_of_an_answer_gets_one_answer_to_all_they_said()
    {
        await using var desk = Asks("what time is it").Interrupts("in london", seconds: 0.8, after: 0.3);

        await desk.TalkAsync();

        var taken = Assert.Single(desk.Of<ConversationEvents.AnswerTakenBack>());
        var ended = desk.Of<ConversationEvents.AgentTurnEnded>().ToArray();
        Assert.Equal((taken.Generation, true, 1), (ended[0].Generation, ended[0].WasInterrupted, ended[0].Turn));
        Assert.InRange(ended[0].HeardFrames, 3, 8);
        Assert.Equal(("Here is what time is it in london.", 1), (ended[1].HeardText, ended[1].Turn));
        Assert.Equal(2, ended.Length);
        Assert.Equal([$"{ended[0].HeardText} --", "what time is it in london", ended[1].HeardText], Remembered());
        Assert.Equal(1, desk.Engines.TakenBack);
    }

    [Fact]
    public async Task The_reply_to_the_whole_turn_knows_what_was_heard_of_the_first()
    {
        await using var desk = Asks("what time is it").Interrupts("in london", seconds: 0.8, after: 0.3);

        await desk.TalkAsync();

        var heard = desk.Of<ConversationEvents.AgentTurnEnded>().First().HeardText;
        Assert.Equal([heard], desk.Engines.LastRequest!.History.Select(turn => turn.Text));
        Assert.Equal("what time is it in london", desk.Engines.LastRequest.UserText);
        Assert.Single(desk.Engines.Asked, asked => asked.StartsWith("append 1 'in london'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("in london", 1.5)]
    [InlineData("stop talking", 0.3)]
    [InlineData("tell me a joke", 0.3)]
    public async Task Later_or_with_a_wish_of_their_own_they_begin_a_new_turn(string words, double after)
    {
        await using var desk = Asks("what time is it").Interrupts(words, seconds: 1, after);

        await desk.TalkAsync();

        Assert.Empty(desk.Of<ConversationEvents.AnswerTakenBack>());
        Assert.Equal([(1, "what time is it"), (2, words)], desk.Of<ConversationEvents.UserTurnEnded>().Select(e => (e.Turn, e.Text)));
    }

    [Theory]
    [InlineData("at three", true)]
    [InlineData("most hundred", false)]
    public async Task What_is_as_short_as_a_murmur_goes_on_only_if_it_adds_to_what_was_said(string words, bool goesOn)
    {
        await using var desk = Asks("remind me to water the plants").Interrupts(words, seconds: 0.5, after: 0.3);

        await desk.TalkAsync();

        Assert.Equal(goesOn, desk.Of<ConversationEvents.AnswerTakenBack>().Any());
        Assert.Equal(goesOn, desk.Of<ConversationEvents.AgentTurnEnded>().First().WasInterrupted);
    }

    [Fact]
    public async Task A_request_goes_on_with_a_turn_that_had_no_end()
    {
        await using var desk = Asks("what time").Interrupts("is it in london", seconds: 1, after: 0.3);

        await desk.TalkAsync();

        Assert.Equal("what time is it in london", desk.Of<ConversationEvents.UserTurnEnded>().Last().Text);
        Assert.Single(desk.Of<ConversationEvents.AnswerTakenBack>());
    }

    [Fact]
    public async Task Who_was_answered_too_soon_is_waited_for_longer()
    {
        await using var desk = Asks("what time is it").Interrupts("in london", seconds: 0.8, after: 0.3);

        await desk.TalkAsync();

        var waits = desk.Of<ConversationEvents.UserTurnEnded>().Select(e => (e.AtSample - e.LastVoicedSample) / (double)AudioFormat.SampleRateHz).ToArray();
        Assert.True(waits[1] > waits[0] + 0.2, $"{waits[0]:0.00} s, then {waits[1]:0.00} s");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string[] Remembered()
    {
        using var journal = new ConversationJournal(Directory.GetFiles(_folder).Single());
        return [.. journal.Turns.Select(turn => turn.Text + (turn.WasInterrupted ? " --" : ""))];
    }

    private Desk Asks(string words)
    {
        var desk = new Desk { JournalFolder = _folder }.User(words);
        desk.Engines.Answer = (request, _) => FakeEngines.Say($"Here is {request.UserText}.");
        return desk;
    }
}
