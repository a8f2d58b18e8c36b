using CsmAgent.Audio;
using CsmAgent.Audio.Devices;
using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Talking;

public sealed class RealTimeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("real").FullName;

    [Fact]
    public async Task In_real_time_the_same_turn_is_heard_answered_and_played_without_a_gap()
    {
        await using var desk = new Desk { Time = null }.User("what time is it", seconds: 0.6, after: 0.2);
        desk.SilenceAtEnd = TimeSpan.FromSeconds(2.5);
        desk.OpenDevice = () => desk.Device(DevicePace.RealTime);

        await desk.TalkAsync();

        var ended = Assert.Single(desk.Of<ConversationEvents.AgentTurnEnded>());
        Assert.True(ended.HeardText == "You said what time is it.", desk.Story());
        Assert.Equal(ended.GeneratedFrames, ended.HeardFrames);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(480, 1200)]
    public async Task Mouth_to_ear_agrees_with_the_recording_within_ten_milliseconds(int inputLatency, int outputLatency)
    {
        await using var desk = new Desk { OutputFolder = _folder }.User("what time is it");
        desk.OpenDevice = () => desk.Device(
            DevicePace.Virtual(desk.Time!.WaitAsync), new VirtualDeviceOptions { InputLatencySamples = inputLatency, OutputLatencySamples = outputLatency });

        await desk.TalkAsync();

        var wav = WavFile.Read(Path.Combine(_folder, "conversation.wav"));
        var lastUser = Array.FindLastIndex(wav.Channel(0), sample => Math.Abs(sample) > 0.05f);
        var firstAgent = Array.FindIndex(wav.Channel(1), sample => Math.Abs(sample) > 0.05f);
        var told = Assert.Single(desk.Of<ConversationEvents.TurnLatency>()).MouthToEar!.Value;
        Assert.InRange(told - (firstAgent - lastUser + inputLatency + outputLatency), -AudioFormat.SampleRateHz / 100, AudioFormat.SampleRateHz / 100);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
