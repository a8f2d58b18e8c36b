using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Journal;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Replay;
using CsmAgent.Conversation.Reply.Desk;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>What the agent says unasked waits until nobody speaks, and is a turn like any other.</summary>
public sealed class AnnouncementTests : IDisposable
{
    private const string Done = "Your timer is done.";

    private readonly string _folder = Directory.CreateTempSubdirectory("announcements").FullName;

    [Fact]
    public async Task A_timer_that_is_done_is_spoken_remembered_and_replayed()
    {
        await using var desk = new Desk { OutputFolder = _folder, JournalFolder = _folder, SilenceAtEnd = TimeSpan.FromSeconds(5) }
            .User("set a timer for three seconds");
        desk.Engines.Mind = new DeskAssistant(new DeskMemories(desk.Time!.Clock));

        await desk.TalkAsync();

        var said = desk.Of<ConversationEvents.AgentTurnEnded>().ToArray();
        Assert.Equal(["Timer set for three seconds.", "Your timer for three seconds is done."], said.Select(turn => turn.HeardText));
        var set = desk.Of<ConversationEvents.UserTurnEnded>().Single().AtSample;
        Assert.InRange((said[1].FirstPlayedSample!.Value - set) / (double)AudioFormat.SampleRateHz, 2.9, 3.5);
        Assert.Equal(said[0].Generation, Assert.Single(desk.Of<ConversationEvents.TurnLatency>()).Generation);

        await desk.Conversation!.DisposeAsync();
        using var journal = new ConversationJournal(ConversationJournal.PathOf(_folder, desk.Conversation.Id));
        Assert.Equal("Your timer for three seconds is done.", journal.Turns[^1].Text);
        Assert.True(ConversationReplay.Run(Path.Combine(_folder, ConversationReplay.FileName)).IsIdentical);
    }

    [Fact]
    public async Task One_that_falls_due_while_the_user_speaks_is_spoken_after_the_answer()
    {
        await using var desk = new Desk().User("hello");
        DueOnce(desk, () => desk.Of<ConversationEvents.UserSpeechStarted>().Any());

        await desk.TalkAsync();

        Assert.Equal(["You said hello.", Done], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
    }

    [Fact]
    public async Task It_can_be_interrupted()
    {
        await using var desk = new Desk().Interrupts("stop stop stop stop", seconds: 1.2, after: 0.5);
        DueOnce(desk, () => true);

        await desk.TalkAsync();

        var said = desk.Of<ConversationEvents.AgentTurnEnded>().ToArray();
        Assert.True(said[0].WasInterrupted && Done.StartsWith(said[0].HeardText, StringComparison.Ordinal), desk.Story());
        Assert.Equal("You said stop stop stop stop.", said[1].HeardText);
        Assert.Equal(2, said.Length);
    }

    [Fact]
    public async Task One_that_is_lost_with_the_device_before_it_sounds_is_spoken_when_the_device_is_back()
    {
        await using var desk = new Desk();
        var opened = 0;
        desk.OpenDevice = () => Interlocked.Increment(ref opened) == 1
            ? new VirtualDevice("first", new LostAfter(samples: 14_400), DevicePace.Virtual(desk.Time!.WaitAsync))
            : desk.Device();
        // The voice is silent until the device is lost.
        desk.Engines.BeforeFrame = async (_, cut) =>
        {
            while (opened == 1)
            {
                await Task.Delay(1, cut);
            }
        };
        desk.Time = new VirtualTime(TimeSpan.FromMilliseconds(1));
        DueOnce(desk, () => true);

        await desk.TalkAsync();

        Assert.Single(desk.Of<ConversationEvents.DeviceLost>());
        Assert.Equal(Done, Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>()).HeardText);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void DueOnce(Desk desk, Func<bool> isDue)
    {
        Queue<string> due = new([Done]);
        desk.Engines.Announce = () => isDue() && due.TryDequeue(out var text) ? [text] : [];
    }

    private sealed class LostAfter(int samples) : ITalker
    {
        private int _left = samples;

        public bool HasVoice => true;

        public bool Speak(Span<float> block, ReadOnlySpan<float> heard)
        {
            block.Clear();
            return (_left -= block.Length) > 0 ? true : throw new AudioDeviceException("The device was unplugged.");
        }
    }
}
