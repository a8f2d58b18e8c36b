using CsmAgent.Audio.Files;
using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Recording;
using CsmAgent.Conversation.Replay;
using CsmAgent.Conversation.Tests.Fakes;
using CsmAgent.TestSupport;

namespace CsmAgent.Conversation.Tests.Talking;

/// <summary>What the disk does during a conversation is told once, and nobody falls silent for it.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("full").FullName;

    [Fact]
    public async Task A_disk_that_fills_up_ends_the_recording_and_not_the_conversation()
    {
        using var disk = new SmallDisk(capacity: 400_000); // four seconds
        await using var desk = new Desk { OutputFolder = _folder }.User("hello").User("are you there").User("and now");
        desk.OpenRecording = path => new StereoRecorder(new WavWriter(disk, path, 24_000, 2));

        await desk.TalkAsync();

        var told = Assert.Single(desk.Of<ConversationEvents.Trouble>());
        Assert.True(told is { Stage: "recording", Turn: > 0 } && told.Message.Contains("no space left", StringComparison.Ordinal), desk.Story());
        Assert.Contains("The conversation goes on", told.Message, StringComparison.Ordinal);
        Assert.Equal(["You said hello.", "You said are you there.", "You said and now."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
        Assert.InRange(WavFile.Read(new MemoryStream(disk.ToArray()), "left.wav").SampleCount, 3 * 24_000, 4 * 24_000);
        Assert.Equal(desk.Events.Count(e => e is not ConversationEvents.Levels), ConversationLog.Read(Path.Combine(_folder, ConversationLog.FileName)).Count);
    }

    [Theory]
    [InlineData(ConversationLog.FileName)]
    [InlineData(ConversationReplay.FileName)]
    public async Task A_disk_that_takes_no_log_is_told_once_and_the_conversation_goes_on(string log)
    {
        Assert.True(File.Exists("/dev/full"), "This test needs /dev/full, which stands in for a full disk; run it on Linux.");
        File.CreateSymbolicLink(Path.Combine(_folder, log), "/dev/full");
        await using var desk = new Desk { OutputFolder = _folder }.User("hello").User("and now");

        await desk.TalkAsync();

        var told = Assert.Single(desk.Of<ConversationEvents.Trouble>());
        Assert.True(told.Message.Contains(log, StringComparison.Ordinal) && told.Message.Contains("No space left", StringComparison.Ordinal), told.Message);
        Assert.Equal(["You said hello.", "You said and now."], desk.Of<ConversationEvents.AgentTurnEnded>().Select(turn => turn.HeardText));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
