namespace CsmAgent.Cli.Tests.Verbs;

public sealed class ModelsVerbTests
{
    [Fact]
    public async Task List_shows_every_model_with_its_licence()
    {
        var shell = new TestShell();

        Assert.Equal(ExitCode.Ok, await shell.RunAsync("models", "list"));

        Assert.Contains("csm-1b                6.2 GB        Apache-2.0, gated", shell.Out, StringComparison.Ordinal);
        Assert.Contains("mimi ", shell.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pull")]
    [InlineData("verify")]
    [InlineData("path")]
    public async Task An_unknown_model_is_a_wrong_command_line(string verb)
    {
        var shell = new TestShell();

        Assert.Equal(ExitCode.Usage, await shell.RunAsync("models", verb, "csm-2b"));

        Assert.Contains("'csm-2b'", shell.Error, StringComparison.Ordinal);
        Assert.Contains("csm-1b-transformers", shell.Error, StringComparison.Ordinal);
    }
}
