using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

public sealed class MemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memory").FullName;

    [Fact]
    public async Task A_conversation_of_the_same_name_goes_on_where_it_stopped()
    {
        await using (var first = new Desk { JournalFolder = _folder }.User("my name is anna"))
        {
            first.Engines.Answer = (_, _) => FakeEngines.Say("Hello Anna.");
            await first.TalkAsync();
        }

        await using var second = new Desk { JournalFolder = _folder }.User("what is my name");
        var history = "";
        second.Engines.Answer = (request, _) =>
        {
            history = string.Join(" | ", request.History.Select(turn => turn.Text));
            return FakeEngines.Say("Anna.");
        };
        await second.TalkAsync();

        Assert.Equal("my name is anna | Hello Anna.", history);
        Assert.Equal(["open ", "append 1 'my name is anna' 15", "append 0 'Hello Anna.' 6"], second.Engines.Asked.Take(3));
    }

    [Fact]
    public async Task Forget_me_leaves_nothing_in_context_history_or_on_disk()
    {
        await using var desk = new Desk { JournalFolder = _folder }.User("my secret is xyzzy").User("what is my secret");
        desk.Engines.Answer = (request, _) =>
        {
            if (request.UserText.StartsWith("what", StringComparison.Ordinal))
            {
                return FakeEngines.Say($"{request.History.Count} things.");
            }

            return FakeEngines.Say("I see.");
        };
        var conversation = desk.Create();
        var reading = desk.ReadAsync(conversation.Subscribe(100_000));
        var forgot = false;
        var watching = conversation.Subscribe(100_000);
        await conversation.StartAsync();
        await foreach (var e in watching)
        {
            if (e is ConversationEvents.AgentTurnEnded && !forgot)
            {
                forgot = true;
                conversation.Send(new ConversationCommands.ForgetMe(conversation.Id));
            }
        }

        await reading;
        Assert.Equal("zero things.", desk.Of<ConversationEvents.AgentTurnEnded>().Last().HeardText);
        Assert.DoesNotContain("xyzzy", File.ReadAllText(Directory.GetFiles(_folder).Single()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forgotten_in_the_middle_of_a_reply_it_stays_forgotten_when_the_reply_ends()
    {
        await using var desk = new Desk { JournalFolder = _folder }.User("my secret is xyzzy").User("what is my secret");
        desk.Engines.Answer = (request, _) => FakeEngines.Say(
            request.UserText.StartsWith("what", StringComparison.Ordinal) ? $"{request.History.Count} things." : "Your secret is xyzzy and I will keep xyzzy well.");
        var conversation = desk.Create();
        var reading = desk.ReadAsync(conversation.Subscribe(100_000));
        var watching = conversation.Subscribe(100_000);
        await conversation.StartAsync();
        var forgot = false;
        await foreach (var e in watching)
        {
            if (e is ConversationEvents.AgentCaption { HeardFrames: 8 } && !forgot)
            {
                forgot = true;
                conversation.Send(new ConversationCommands.ForgetMe(conversation.Id));
            }
        }

        await reading;
        Assert.Equal([conversation.Id], desk.Engines.Forgotten);
        Assert.Equal("zero things.", desk.Of<ConversationEvents.AgentTurnEnded>().Last().HeardText);
        Assert.DoesNotContain("xyzzy", File.ReadAllText(Directory.GetFiles(_folder).Single()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_is_not_encoded()
    {
        await using var desk = new Desk { SilenceAtEnd = TimeSpan.FromSeconds(5) }.User("hello", seconds: 1, after: 3);

        await desk.TalkAsync();

        Assert.InRange(desk.Engines.FramesEncoded, 13, 20);
    }

    [Fact]
    public async Task Typed_words_are_answered_too_and_the_transcript_can_be_asked_for()
    {
        await using var desk = new Desk().User("hello");
        var conversation = desk.Create();
        var watching = conversation.Subscribe();
        await conversation.StartAsync();
        var replies = 0;
        await foreach (var e in watching)
        {
            if (e is ConversationEvents.AgentTurnEnded && ++replies == 1)
            {
                conversation.Send(new ConversationCommands.SayText(conversation.Id, "and typed"));
            }
            else if (replies == 2)
            {
                break;
            }
        }

        var turns = await conversation.GetTranscriptAsync();
        Assert.Equal(["hello", "You said hello.", "and typed", "You said and typed."], turns.Select(turn => turn.Text));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
