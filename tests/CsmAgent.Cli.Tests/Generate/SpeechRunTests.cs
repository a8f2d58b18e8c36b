using CsmAgent.Audio.Files;
using CsmAgent.Cli.Generate;
using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests.Generate;

public sealed class SpeechRunTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("csm-agent-speech");
    private readonly CountingSynthesizer _voice = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_text_is_spoken_clause_by_clause_into_one_file()
    {
        var path = Path.Combine(_folder.FullName, "out.wav");
        var job = new SpeechJob("It is 7 degrees outside today. Take a coat with you, and an umbrella.", 3, TimeSpan.FromMinutes(1));

        await using (var sink = new FileSink(path))
        {
            var done = await SpeechProgress.ShowAsync(new TestShell().Shell, new SpeechRun(_voice, _voice), job, [sink], CancellationToken.None);
            await sink.FinishAsync(CancellationToken.None);
            Assert.Equal(14, done.Audio.TotalSeconds / 0.08, 6);
        }

        Assert.Equal("It is seven degrees outside today. Take a coat with you, and an umbrella.", string.Join(' ', _voice.Requests.Select(request => request.Text)));
        Assert.All(_voice.Requests, request => Assert.Equal(3, request.Speaker));
        Assert.Equal(14 * 1920, WavFile.Read(path).SampleCount);
    }

    [Fact]
    public async Task Speech_stops_at_the_maximum()
    {
        var job = new SpeechJob(string.Join(' ', Enumerable.Repeat("word", 500)), 0, TimeSpan.FromSeconds(1));

        var frames = 0;
        await foreach (var _ in new SpeechRun(_voice, _voice).FramesAsync(job, CancellationToken.None))
        {
            frames++;
        }

        Assert.Equal(13, frames);
    }

    [Fact]
    public async Task Context_is_heard_through_the_codec_before_the_first_word()
    {
        var recording = Path.Combine(Fixtures.Repository, "voices", "desk-turns", "055-interrupt.wav");
        var job = new SpeechJob("Yes.", 0, TimeSpan.FromSeconds(1)) { Context = [ContextSegment.Parse($"{recording}:1:Stop: now.")] };

        await foreach (var _ in new SpeechRun(_voice, _voice).FramesAsync(job, CancellationToken.None))
        {
        }

        var heard = Assert.Single(_voice.Context);
        Assert.Equal((1, "Stop: now.", 11), (heard.Speaker, heard.Text, heard.Codes.Count));
    }

    [Theory]
    [InlineData("", "The text is empty.")]
    [InlineData(" \n", "The text is empty.")]
    [InlineData("?!", "There is nothing in the text that can be spoken.")]
    public void A_text_without_words_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<CliException>(() => SpeechRun.Clauses(text)).Message);

    [Theory]
    [InlineData("a.wav", "expected FILE:SPEAKER:TEXT")]
    [InlineData("a.wav:x:Hello", "expected FILE:SPEAKER:TEXT")]
    [InlineData("/nowhere/a.wav:1:Hello", "there is no file /nowhere/a.wav")]
    public void A_segment_that_is_none_is_refused(string given, string expected) =>
        Assert.Contains(expected, Assert.Throws<CliException>(() => ContextSegment.Parse(given)).Message, StringComparison.Ordinal);
}
