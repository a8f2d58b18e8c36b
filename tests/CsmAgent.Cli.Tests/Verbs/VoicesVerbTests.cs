using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests.Verbs;

public sealed class VoicesVerbTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("root").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task List_shows_the_ten_presets()
    {
        var shell = new TestShell();

        Assert.Equal(ExitCode.Ok, await shell.RunAsync("voices"));

        Assert.All(
            ["neutral", "warm", "deep", "bright", "soft", "energetic", "calm", "clear", "resonant", "authoritative"],
            name => Assert.Contains($"{name} ", shell.Out, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_voice_is_made_shown_checked_and_removed()
    {
        var shell = new TestShell(root: _root);
        var made = await shell.RunAsync(
            "voices", "make", "linda", "--from", Fixtures.Path("speech", "lj-0005.wav"), "--speaker", "Linda Johnson", "--consent", "Public domain.",
            "--transcript", "the invention of movable metal letters", "--licence", "public domain");

        Assert.True(made == ExitCode.Ok, shell.Error);
        Assert.Equal(ExitCode.Ok, await shell.RunAsync("voices", "show", "linda"));
        Assert.Contains("\"statement\": \"Public domain.\"", shell.Out, StringComparison.Ordinal);
        Assert.Contains("of 2048 positions, pitch ", shell.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await shell.RunAsync("voices", "check", "linda"));
        Assert.Equal(ExitCode.Usage, await shell.RunAsync("voices", "remove", "linda"));
        Assert.Equal(ExitCode.Ok, await shell.RunAsync("voices", "remove", "linda", "--yes"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_root, "voices")));
    }

    [Theory]
    [InlineData("make|Ada|--from|x.wav", "'Ada' cannot be a voice's name")]
    [InlineData("make|ada|--from|x.wav", "--speaker WHO --consent TEXT")]
    [InlineData("make|ada|--speaker|A|--consent|Yes", "--from FILE or --record SECONDS")]
    [InlineData("make|ada|--speaker|A|--consent|Yes|--record|1", "expected 2 to 60 seconds")]
    [InlineData("show|nobody", "No voice is called 'nobody'")]
    [InlineData("check|nobody.wav", "nobody.wav")]
    public async Task What_is_missing_is_said(string line, string expected)
    {
        var shell = new TestShell(root: _root);

        Assert.NotEqual(ExitCode.Ok, await shell.RunAsync(["voices", .. line.Split('|')]));

        Assert.Contains(expected, shell.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_root, "voices")));
    }

    [Fact]
    public async Task A_recording_of_noise_makes_no_voice()
    {
        var shell = new TestShell(root: _root);

        var code = await shell.RunAsync(
            "voices", "make", "hum", "--from", Fixtures.Path("speech", "noise-typing.wav"), "--speaker", "A", "--consent", "Yes", "--transcript", "none");

        Assert.Equal(ExitCode.CheckFailed, code);
        Assert.Contains("No voice was made", shell.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_root, "voices", "hum")));
    }
}
