using System.Runtime.CompilerServices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Protocol;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>What goes wrong around the agent is said, and the conversation goes on.</summary>
[Collection(AgentCollection.Name)]
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class BadInputTests(AgentFixture agent)
{
    [Fact]
    public async Task A_disk_that_is_full_from_the_start_is_named_before_anybody_speaks()
    {
        if (!File.Exists("/dev/full"))
        {
            throw new PlatformNotSupportedException("This test needs /dev/full, which stands in for a full disk; run it on Linux.");
        }

        await using var talk = new Talk(agent).Say("047-greeting.wav");
        File.CreateSymbolicLink(Path.Combine(talk.Output, "conversation.wav"), "/dev/full");

        var refused = await Assert.ThrowsAsync<AudioFileException>(talk.HoldAsync);

        Assert.Contains("No space left", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_endpoint_that_is_down_is_said_and_the_next_turn_is_answered()
    {
        await using var talk = new Talk(agent) { Engines = agent.Engines with { Reply = new DownOnce(agent.Engines.Reply) } }
            .Say("047-greeting.wav")
            .Say("012-arithmetic.wav");

        await talk.HoldAsync();

        Assert.Contains(talk.Of<ConversationEvents.Trouble>(), trouble => trouble.Stage == "reply" && trouble.Message.Contains("refused", StringComparison.Ordinal));
        Assert.Contains(talk.Of<ConversationEvents.AgentTurnEnded>(), turn => turn.HeardText.Contains("two hundred four", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_device_unplugged_while_somebody_speaks_is_told_and_when_it_is_back_the_conversation_goes_on(bool agentSpeaks)
    {
        await using var talk = new Talk(agent).Say("047-greeting.wav").Say("012-arithmetic.wav").Say("032-name-set.wav");
        talk.Device = (device, number) => number > 0 ? device : new UnpluggedDevice(
            device, isInUse: played => agentSpeaks ? Math.Abs(played[0]) > 0.01f : talk.Talker!.TurnsBegun == 2);

        await talk.HoldAsync();

        Assert.Contains("unplugged", Assert.Single(talk.Of<ConversationEvents.DeviceLost>()).Reason, StringComparison.Ordinal);
        Assert.Single(talk.Of<ConversationEvents.DeviceBack>());
        Assert.Equal(agentSpeaks, talk.Of<ConversationEvents.AgentTurnEnded>()[0].WasInterrupted);
        Assert.True(talk.Of<ConversationEvents.AgentTurnEnded>()[^1].HeardText.Contains("Anna", StringComparison.Ordinal), talk.Story());
        Assert.Empty(talk.Of<ConversationEvents.Trouble>());
        Assert.Equal(talk.Events[^1].AtSample, talk.Recording.SampleCount);
    }

    /// <summary>Refuses the first reply as a real endpoint that is down does.</summary>
    private sealed class DownOnce(IReplyGenerator reply) : IReplyGenerator
    {
        private int _asked;

        public string Name => "endpoint";

        public async IAsyncEnumerable<string> ReplyAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _asked) == 1)
            {
                throw new EngineException("The endpoint refused the connection. Start it, or choose the desk assistant in config/appsettings.json.");
            }

            await foreach (var piece in reply.ReplyAsync(request, cancellationToken))
            {
                yield return piece;
            }
        }
    }
}
