using System.Text.Json;
using CsmAgent.Cli;
using CsmAgent.TestSupport;
using Spectre.Console;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>A CSM as <c>train csm</c> exports it: two steps on a few sentences of flite with the desk voice's codec. It babbles, but
/// everything is of the shape that a trained one has. Made once for all tests, with the program's own verbs.</summary>
public sealed class TrainedVoice : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("csm-agent-trained-");

    /// <summary>A folder for what a test writes.</summary>
    public string Folder => _folder.FullName;

    /// <summary>What the last command wrote to standard error.</summary>
    public string Notices { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var texts = Path.Combine(Folder, "texts.txt");
        await File.WriteAllLinesAsync(texts, ["The boats came home in the evening.", "Two times seven is fourteen.", "Please remind me at noon."]);
        await RunAsync("corpus", "synth", texts, At("flite"), "--voice", "slt", "--voice", "rms");
        await RunAsync("corpus", "prepare", At("flite"), At("corpus"), "--held-out", "0.34");
        await RunAsync("train", "csm", At("run"), "--corpus", At("corpus"), "--steps", "2", "--batch", "1", "--rows", "1024", "--workers", "1");
        await File.WriteAllTextAsync(At("settings.json"), JsonSerializer.Serialize(new
        {
            Synthesizer = new { Engine = "csm", ModelFolder = At("run", "csm"), Voice = "warm" },
            Conversation = new { MaximumClauseFrames = 12 },
        }));
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A path in the folder.</summary>
    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Runs one command with the trained voice configured.</summary>
    public Task SpeakAsync(params string[] arguments) => RunAsync([.. arguments, "--config", At("settings.json")]);

    private async Task RunAsync(params string[] arguments)
    {
        await using var error = new StringWriter();
        var shell = new Shell
        {
            Out = Console(TextWriter.Null),
            Error = Console(error),
            Root = Fixtures.Repository,
        };
        var exit = await CommandLine.RunAsync(arguments, shell);
        Notices = error.ToString();
        Assert.True(exit == ExitCode.Ok, $"{string.Join(' ', arguments)} ended with {exit}:\n{Notices}");
    }

    private static IAnsiConsole Console(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });
}
