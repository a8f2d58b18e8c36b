using Akka.Actor;
using CsmAgent.Audio.Devices;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>Any part is killed at any moment: the voice is back for the next turn and nothing is stuck.</summary>
public sealed class ChaosTests
{
    public static TheoryData<string, int> PartsAndMoments
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var part in (string[])["turn", "context", "playback", "synthesis", "reply", "recognition", "encoding", "capture"])
            {
                foreach (var moment in (int[])[14_400, 30_000, 43_000, 60_000])
                {
                    data.Add(part, moment);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(PartsAndMoments))]
    public async Task A_killed_part_is_back_before_the_next_turn(string part, int moment)
    {
        await using var desk = new Desk { Time = new VirtualTime(TimeSpan.FromMilliseconds(5)), GiveUp = TimeSpan.FromSeconds(7) }
            .User("first").User("second").User("third");
        desk.Options.ReplyTimeoutSeconds = 2;
        var killed = false;
        // Where the device stands, not when a subscriber hears of it: virtual time does not wait for subscribers.
        desk.OpenDevice = () => desk.Device(DevicePace.Virtual((clock, cancel) =>
        {
            if (!killed && clock.PlayedSamples >= moment)
            {
                killed = true;
                desk.System.ActorSelection($"/user/conversation-{desk.Conversation!.Id}/{part}").Tell(Kill.Instance, ActorRefs.NoSender);
            }

            return desk.Time!.WaitAsync(clock, cancel);
        }));

        await desk.TalkAsync();

        Assert.Contains(desk.Of<ConversationEvents.Trouble>(), e => e.Stage == part);
        var last = desk.Of<ConversationEvents.AgentTurnEnded>().Last();
        Assert.True(last is { HeardText: "You said third.", WasInterrupted: false, Underruns: 0 }, desk.Story());
        Assert.Equal(TurnPhase.Listening, desk.Of<ConversationEvents.PhaseChanged>().Last().To);
    }

    [Fact]
    public async Task A_flood_of_commands_does_not_stop_the_conversation()
    {
        await using var desk = new Desk().User("hello").User("again");
        var conversation = desk.Create();
        var reading = desk.ReadAsync(conversation.Subscribe(100_000));
        await conversation.StartAsync();
        for (var i = 0; i < 20_000; i++)
        {
            conversation.Send(new ConversationCommands.Mute(conversation.Id, false));
            if (i % 100 == 0)
            {
                conversation.Send(new ConversationCommands.SayText(conversation.Id, "  "));
            }
        }

        await conversation.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        await reading;
        Assert.Equal("You said again.", desk.Of<ConversationEvents.AgentTurnEnded>().Last().HeardText);
    }

    [Fact]
    public async Task An_encoder_that_stalls_holds_nobody_up()
    {
        var stalled = new TaskCompletionSource();
        await using var desk = new Desk { Time = new VirtualTime(TimeSpan.FromMilliseconds(2)) }.User("hello").User("again");
        desk.Engines.BeforeEncoding = () => stalled.Task;

        await desk.TalkAsync();
        stalled.SetResult();

        Assert.True(desk.Of<ConversationEvents.AgentTurnEnded>().LastOrDefault()?.HeardText == "You said again.", desk.Story());
    }

    [Fact]
    public async Task A_subscriber_that_never_reads_costs_nothing()
    {
        await using var desk = new Desk().User("hello");
        var conversation = desk.Create();
        _ = conversation.Subscribe(capacity: 1);
        var reading = desk.ReadAsync(conversation.Subscribe(100_000));
        await conversation.StartAsync();
        await conversation.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        await reading;

        Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
    }
}
