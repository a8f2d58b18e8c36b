using System.Diagnostics;
using CsmAgent.Models.Hub;
using CsmAgent.TestSupport;

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

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Two_processes_that_pull_the_same_model_at_once_fetch_each_file_once()
    {
        var model = ModelCatalogue.Embedded().Find("csm-1b-prompts");
        var home = Directory.CreateTempSubdirectory("csm-agent-home-").FullName;
        using var hub = new LoopbackHub();
        hub.Fault = async (request, stream) =>
        {
            var file = model.Files.Single(file => request.Path.EndsWith("/" + file.Path, StringComparison.Ordinal));
            // Files of the same content would share a blob.
            var content = new byte[file.Bytes!.Value];
            content[0] = (byte)model.Files.ToList().IndexOf(file);
            var names = LoopbackHub.Names(content).Replace(LoopbackHub.Commit, model.Revision, StringComparison.Ordinal);
            // Slow enough that the other process asks in between.
            await Task.Delay(200);
            await LoopbackHub.WriteAsync(stream, $"HTTP/1.1 200 OK\n{names}\nContent-Length: {content.Length}", request.Method == "HEAD" ? default : content);
            return true;
        };

        Process Pull() => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "csm-agent.dll"), "models", "pull", model.Name])
        {
            Environment = { ["HF_HOME"] = home, ["HF_ENDPOINT"] = hub.Address.AbsoluteUri, ["HF_TOKEN"] = "hf_test", ["HF_HUB_CACHE"] = null, ["HF_HUB_OFFLINE"] = null },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            using var first = Pull();
            using var second = Pull();
            var said = await Task.WhenAll(((Process[])[first, second]).SelectMany(process => new[] { process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync() }));
            await Task.WhenAll(first.WaitForExitAsync(), second.WaitForExitAsync());

            Assert.True(first.ExitCode == ExitCode.Ok && second.ExitCode == ExitCode.Ok, string.Join('\n', said));
            Assert.Equal(model.Files.Count, hub.Gets);
            var snapshot = Path.Combine(home, "hub", "models--" + model.Repository.Replace("/", "--", StringComparison.Ordinal), "snapshots", model.Revision);
            Assert.All(model.Files, file => Assert.Equal(file.Bytes, new FileInfo(Path.Combine(snapshot, file.Path)).ResolveLinkTarget(true) is FileInfo blob ? blob.Length : -1));
            Assert.Empty(Directory.GetFiles(home, "*.incomplete", SearchOption.AllDirectories));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }
}
