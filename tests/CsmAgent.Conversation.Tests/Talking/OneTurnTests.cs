using CsmAgent.Audio;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

public sealed class OneTurnTests
{
    [Fact]
    public async Task A_question_is_heard_answered_and_remembered()
    {
        await using var desk = new Desk().User("what time is it", seconds: 1);
        desk.Engines.Answer = (_, _) => FakeEngines.Say("It is ", "twelve o'clock. ", "Time for lunch.");

        await desk.TalkAsync();

        var ended = Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
        Assert.True(ended.HeardText == "It is twelve o'clock. Time for lunch.", desk.Story());
        Assert.False(ended.WasInterrupted);
        Assert.Equal(ended.GeneratedFrames, ended.HeardFrames);
        Assert.Equal(0, ended.Underruns);
        Assert.Equal("what time is it", Assert.Single(desk.Of<ConversationEvents.UserTurnEnded>()).Text);
        Assert.Equal(["open ", "append 1 'what time is it' 15", "speak 1 'It is twelve o'clock.'", "speak 1 'Time for lunch.'"], desk.Engines.Asked);
        Assert.Empty(desk.Of<ConversationEvents.Trouble>());
    }

    [Fact]
    public async Task The_first_clause_sounds_while_the_reply_is_still_being_written()
    {
        var secondPiece = new TaskCompletionSource();
        await using var desk = new Desk { Time = new VirtualTime(TimeSpan.FromMilliseconds(20)) }.User("hello");
        desk.Engines.Answer = (_, _) => Pieces();
        var conversation = desk.Create();
        var events = conversation.Subscribe();
        await conversation.StartAsync();

        await foreach (var e in events)
        {
            if (e is ConversationEvents.AgentSpeechStarted)
            {
                Assert.False(secondPiece.Task.IsCompleted);
                secondPiece.SetResult();
            }
            else if (e is ConversationEvents.AgentTurnEnded ended)
            {
                Assert.Equal("First clause here. Second clause there.", ended.HeardText);
                break;
            }
        }

        async IAsyncEnumerable<string> Pieces()
        {
            yield return "First clause here. S";
            await secondPiece.Task;
            yield return "econd clause there.";
        }
    }

    [Fact]
    public async Task Frames_are_never_generated_more_than_two_ahead_of_the_speaker()
    {
        await using var desk = new Desk().User("tell me a story");
        desk.Engines.Answer = (_, _) => FakeEngines.Say("Once upon a time there was a very small robot who liked tea.");
        var ahead = 0;
        desk.Engines.BeforeFrame = (number, _) =>
        {
            var caption = desk.Of<ConversationEvents.AgentCaption>().LastOrDefault();
            ahead = Math.Max(ahead, number - 1 - (caption?.HeardFrames ?? 0));
            return Task.CompletedTask;
        };

        await desk.TalkAsync();

        // The frame now playing is neither heard nor ahead.
        Assert.InRange(ahead, 1, 3);
    }

    [Fact]
    public async Task Latency_is_counted_from_the_last_voiced_sample_and_its_parts_are_in_order()
    {
        await using var desk = new Desk().User("what time is it", seconds: 1.2);

        await desk.TalkAsync();

        var latency = Assert.Single(desk.Of<ConversationEvents.TurnLatency>());
        var spoken = Assert.Single(desk.Of<ConversationEvents.UserSpeechEnded>()).LastVoicedSample;
        Assert.Equal(spoken, latency.LastVoicedSample);
        Assert.InRange(spoken, (long)(1.7 * AudioFormat.SampleRateHz) - 300, (long)(1.7 * AudioFormat.SampleRateHz) + 300);
        Assert.True(latency.Text <= latency.EndOfTurn && latency.EndOfTurn <= latency.FirstToken && latency.FirstToken <= latency.FirstFrame
            && latency.FirstFrame <= latency.FirstSound && latency.FirstSound <= latency.MouthToEar, latency.ToString());
        Assert.InRange(ConversationEvents.TurnLatency.Milliseconds(latency.MouthToEar)!.Value, 350, 400);
        Assert.Equal(latency.FirstSound, Assert.Single(desk.Of<ConversationEvents.AgentSpeechStarted>()).FirstPlayedSample - spoken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task An_answer_begins_where_it_can_be_heard_however_long_it_is_silent_first(int silentFrames)
    {
        await using var desk = new Desk().User("what time is it");
        desk.Engines.Sound = frame => frame < silentFrames ? new float[AudioFormat.FrameSamples] : FakeEngines.Loud(frame);

        await desk.TalkAsync();

        var started = Assert.Single(desk.Of<ConversationEvents.AgentSpeechStarted>()).FirstPlayedSample;
        var ended = Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
        Assert.Equal((long)silentFrames * AudioFormat.FrameSamples, started - ended.FirstPlayedSample!.Value);
        Assert.Equal(ended.GeneratedFrames, ended.HeardFrames);
    }

    [Fact]
    public async Task An_answer_without_any_sound_ends_like_another()
    {
        await using var desk = new Desk().User("what time is it");
        desk.Engines.Sound = _ => new float[AudioFormat.FrameSamples];

        await desk.TalkAsync();

        var ended = Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
        Assert.Equal(ended.GeneratedFrames, ended.HeardFrames);

        // Nobody was answered, so the room stays silent and the microphone is suspected; the reply is not.
        Assert.DoesNotContain(desk.Of<ConversationEvents.Trouble>(), trouble => trouble.Stage is "reply" or "synthesis");
    }

    [Fact]
    public async Task Later_turns_know_what_was_said_before()
    {
        await using var desk = new Desk().User("my name is anna").User("what is my name");
        var histories = new List<string>();
        desk.Engines.Answer = (request, _) =>
        {
            histories.Add(string.Join(" | ", request.History.Select(turn => $"{turn.Speaker}: {turn.Text}")));
            return FakeEngines.Say(histories.Count == 1 ? "Hello Anna." : "Anna.");
        };

        await desk.TalkAsync();

        Assert.Equal(["", "User: my name is anna | Agent: Hello Anna."], histories);
    }
}
