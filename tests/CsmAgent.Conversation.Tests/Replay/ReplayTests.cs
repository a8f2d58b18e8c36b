using CsmAgent.Conversation.Protocol;
using CsmAgent.Conversation.Recording;
using CsmAgent.Conversation.Replay;
using CsmAgent.Conversation.Reporting;
using CsmAgent.Conversation.Tests.Fakes;

namespace CsmAgent.Conversation.Tests.Replay;

public sealed class ReplayTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("replay").FullName;

    [Fact]
    public async Task A_recorded_conversation_replays_bit_for_bit_twice()
    {
        await RecordAsync(turns: 4);
        var path = Path.Combine(_folder, ConversationReplay.FileName);

        var (first, second) = (ConversationReplay.Run(path), ConversationReplay.Run(path));

        Assert.True(first.IsIdentical, first.ToString());
        Assert.Equal(first, second);
        Assert.Equal(0, first.LostEvents);
    }

    [Fact]
    public async Task A_changed_event_is_noticed()
    {
        await RecordAsync(turns: 2);
        var path = Path.Combine(_folder, ConversationReplay.FileName);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"question 1\"", "\"question 9\"", StringComparison.Ordinal));

        Assert.False(ConversationReplay.Run(path).IsIdentical);
    }

    [Fact]
    public async Task A_broken_log_is_refused_by_its_line()
    {
        await RecordAsync(turns: 1);
        var path = Path.Combine(_folder, ConversationReplay.FileName);
        var lines = File.ReadAllLines(path);
        lines[3] = "{\"type\":\"nonsense\"}";
        File.WriteAllLines(path, lines);

        Assert.Contains("line 4", Assert.Throws<InvalidDataException>(() => ConversationReplay.Run(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_tells_the_whole_conversation_and_reads_back_as_it_was()
    {
        var desk = await RecordAsync(turns: 2);

        var read = ConversationLog.Read(Path.Combine(_folder, ConversationLog.FileName));

        Assert.Equal(desk.Events.Where(e => e is not ConversationEvents.Levels), read);
        Assert.IsType<ConversationEvents.Started>(read[0]);
        Assert.IsType<ConversationEvents.Ended>(read[^1]);
    }

    [Fact]
    public async Task A_log_cut_in_the_middle_of_a_line_is_read_up_to_it()
    {
        await RecordAsync(turns: 1);
        var path = Path.Combine(_folder, ConversationLog.FileName);
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text[..^25]);

        Assert.Equal(text.Count(c => c == '\n') - 1, ConversationLog.Read(path).Count);
    }

    [Fact]
    public async Task Both_sides_are_recorded_as_long_as_the_conversation_was()
    {
        var desk = await RecordAsync(turns: 1);

        var wav = Audio.Files.WavFile.Read(Path.Combine(_folder, "conversation.wav"));

        Assert.Equal(desk.Events[^1].AtSample, wav.SampleCount);
        Assert.Equal(0.36f, wav.Channel(0).Max(), 0.01f);
        Assert.Equal(0.25f, wav.Channel(1).Max(), 0.01f);
    }

    [Fact]
    public async Task The_report_is_one_page_that_shows_turns_waveform_and_latency_and_needs_no_network()
    {
        await RecordAsync(turns: 2);

        var page = File.ReadAllText(ConversationReport.Write(Path.Combine(_folder, ConversationLog.FileName)));

        Assert.Contains("You said question one.", page, StringComparison.Ordinal);
        Assert.Contains("<b>2</b>user turns", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("stroke-width=\"2\" fill=\"none\"").Length - 1);
        Assert.Matches("<b>3[5-9][0-9] ms</b>mouth to ear, median", page);
        Assert.All(page.Split((string[])["src=\"", "href=\""], StringSplitOptions.None).Skip(1), link => Assert.StartsWith("conversation.wav", link, StringComparison.Ordinal));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_away_from_its_recording_links_to_nothing()
    {
        await RecordAsync(turns: 1);
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName;

        var page = File.ReadAllText(ConversationReport.Write(Path.Combine(_folder, ConversationLog.FileName), Path.Combine(elsewhere, "page.html")));

        Assert.DoesNotContain("conversation.wav", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_reply_can_be_followed_by_its_generation()
    {
        await using var desk = new Desk { OutputFolder = _folder, Engines = { CanSpeculate = true }, Time = new VirtualTime(TimeSpan.FromMilliseconds(200)) }
            .User("tell me a story").Then("about a robot", seconds: 1, after: 0.28);
        await desk.TalkAsync();
        var log = Path.Combine(_folder, ConversationLog.FileName);

        var replies = ReplyStory.List(log);
        var (thrownAway, told) = (ReplyStory.Read(log, 1), ReplyStory.Read(log, 2));

        Assert.Equal(2, replies.Count);
        Assert.Contains("never heard", replies[0], StringComparison.Ordinal);
        Assert.EndsWith("You said tell me a story about a robot.", replies[1], StringComparison.Ordinal);
        Assert.Contains(thrownAway, line => line.EndsWith("begun early and thrown away, 2 frames were wasted", StringComparison.Ordinal));
        Assert.DoesNotContain(thrownAway, line => line.Contains("first sound", StringComparison.Ordinal));
        Assert.Contains(told, line => line.Contains("begun early and kept", StringComparison.Ordinal));
        Assert.Contains(told, line => line.Contains("mouth to ear", StringComparison.Ordinal));
        Assert.EndsWith("frames heard, 0 underruns: You said tell me a story about a robot.", told[^1], StringComparison.Ordinal);
        Assert.Contains("1 to 2", Assert.Throws<InvalidDataException>(() => ReplyStory.Read(log, 9)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_said_cannot_break_the_page()
    {
        await using var desk = new Desk { OutputFolder = _folder }.User("<b>bold</b> & <script>");
        await desk.TalkAsync();

        var page = File.ReadAllText(ConversationReport.Write(Path.Combine(_folder, ConversationLog.FileName)));

        Assert.Contains("&lt;b&gt;bold&lt;/b&gt; &amp; &lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_no_event_is_refused_by_its_number()
    {
        var path = Path.Combine(_folder, "bad.jsonl");
        File.WriteAllText(path, "{\"event\":\"ended\",\"conversationId\":\"x\",\"atSample\":1,\"reason\":\"\"}\nhello\n");

        Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => ConversationLog.Read(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<Desk> RecordAsync(int turns)
    {
        await using var desk = new Desk { OutputFolder = _folder };
        for (var i = 0; i < turns; i++)
        {
            desk.User($"question {i}");
        }

        return await desk.TalkAsync();
    }
}
