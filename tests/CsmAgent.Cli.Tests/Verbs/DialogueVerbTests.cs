using CsmAgent.Cli.Verbs.Dialogue;
using CsmAgent.Cli.Voices;
using CsmAgent.Conversation.Dialogue;

namespace CsmAgent.Cli.Tests.Verbs;

public sealed class DialogueVerbTests : IDisposable
{
    private readonly string _script = Path.GetTempFileName();

    public void Dispose() => File.Delete(_script);

    [Theory]
    [InlineData("Anna", "'Anna' is not NAME=VOICE")]
    [InlineData("Anna=", "'Anna=' is not NAME=VOICE")]
    [InlineData("Anna=warm,anna=deep", "gives anna two voices, warm and deep")]
    [InlineData(",", "--voices is empty")]
    [InlineData("Anna=wram,Ben=deep", "No voice is called 'wram'")]
    [InlineData("Anna=warm", "line 2: 'Ben' is no speaker of this dialogue")]
    public async Task A_wrong_cast_is_one_sentence(string cast, string expected)
    {
        await File.WriteAllTextAsync(_script, "Anna: Hello.\nBen: Hello.\n");
        var shell = new TestShell();

        Assert.NotEqual(ExitCode.Ok, await shell.RunAsync("dialogue", _script, "--voices", cast));

        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_voice_offers_the_nearest()
    {
        await File.WriteAllTextAsync(_script, "Anna: Hello.\n");
        var shell = new TestShell();

        await shell.RunAsync("dialogue", _script, "--voices", "Anna=wram");

        Assert.Contains("Did you mean warm?", shell.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--gap", "9", "expected 0 to 5 seconds")]
    [InlineData("--temperature", "3", "expected 0 to 2")]
    [InlineData("--topk", "0", "expected 1 to 2051")]
    [InlineData("--redo", "two", "'two' is no line number")]
    public async Task A_wrong_option_is_one_sentence(string option, string value, string expected)
    {
        await File.WriteAllTextAsync(_script, "Anna: Hello.\n");
        var shell = new TestShell();

        Assert.Equal(ExitCode.Usage, await shell.RunAsync("dialogue", _script, option, value));

        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cast_decides_ids_by_its_order()
    {
        var cast = Cast.Parse("--voices", " Ben = deep , Anna=warm", needsVoices: true);

        Assert.Equal(["Ben", "Anna"], cast!.Names);
        Assert.Equal("warm", cast.VoiceOf("anna"));
        Assert.Null(Cast.Parse("--voices", null, needsVoices: true));
    }

    [Fact]
    public void Progress_says_frames_speed_context_and_time_left()
    {
        var progress = new DialogueProgress(3, 12, 0.2, 250, 0.412, TimeSpan.FromSeconds(65));

        Assert.Equal("line 3 of 12, 250 frames, RTF 0.41, context 812 of 2048, 1:05 left", DialogueScreen.Text(progress with { Context = (812, 2048) }));

        // A voice without a context has none to show.
        Assert.Equal("line 3 of 12, 250 frames, RTF 0.41, 1:05 left", DialogueScreen.Text(progress with { Context = (0, 1) }));
    }
}
