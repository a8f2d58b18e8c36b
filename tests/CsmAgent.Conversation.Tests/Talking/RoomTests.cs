using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Streams;
using CsmAgent.Conversation.Tests.Fakes;
using CsmAgent.TestSupport;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>Loudspeaker and microphone in one simulated room, recorded speech on both sides, the real ear between them.</summary>
[Trait("Category", "Slow")]
public sealed class RoomTests
{
    private const string Story = "Once upon a time there was a small robot who lived in a house by the sea and every morning it went for a walk.";

    [Fact]
    public async Task The_agent_does_not_interrupt_itself()
    {
        await using var desk = InRoom("tell me a story", "018-story.wav");

        await desk.TalkAsync();

        var ended = Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
        Assert.True(ended is { WasInterrupted: false, HeardText: Story }, desk.Story());
        Assert.Empty(desk.Of<ConversationEvents.AgentPaused>());
    }

    [Fact]
    public async Task An_interruption_through_the_room_silences_it()
    {
        await using var desk = InRoom("tell me a story", "018-story.wav");
        desk.Says("no that is not what i meant", Recording("058-interrupt.wav"), TurnStart.AgentSpeaking, after: 2.5);

        await desk.TalkAsync();

        var cut = desk.Of<ConversationEvents.AgentTurnEnded>().First();
        Assert.True(cut.WasInterrupted, desk.Story());
        Assert.InRange(cut.HeardFrames, 25, 55);
    }

    private static Desk InRoom(string words, string file)
    {
        var voice = Recording("076-open.wav").Concat(Recording("074-open.wav")).ToArray();
        var desk = new Desk { OpenEar = RoomEar.Open, GiveUp = TimeSpan.FromSeconds(6) };
        desk.Says(words, Recording(file), TurnStart.AgentSilent, after: 0.8);
        desk.Engines.Answer = (request, _) => FakeEngines.Say(request.UserText == words ? Story : "All right.");
        desk.Engines.Sound = frame => [.. Enumerable.Range(0, AudioFormat.FrameSamples).Select(i => voice[((frame * AudioFormat.FrameSamples) + i) % voice.Length])];
        desk.OpenDevice = () => desk.Device(
            DevicePace.Virtual(desk.Time!.WaitAsync), new VirtualDeviceOptions { Room = SimulatedRoom.Create(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(300), levelDb: -12, seed: 3) });
        return desk;
    }

    private static float[] Recording(string file) =>
        WavFile.Read(Path.Combine(Fixtures.Repository, "voices", "desk-turns", file)).ToHouseFormat();
}
