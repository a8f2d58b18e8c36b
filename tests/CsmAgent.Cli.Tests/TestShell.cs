using System.Diagnostics.CodeAnalysis;
using CsmAgent.TestSupport;
using Spectre.Console;

namespace CsmAgent.Cli.Tests;

/// <summary>A shell that writes to strings, 80 columns wide, without colours.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A StringWriter holds nothing to release.")]
internal sealed class TestShell
{
    private readonly StringWriter _out = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public TestShell(int width = 80, string? root = null) => Shell = new Shell
    {
        Out = Console(_out, width),
        Error = Console(_error, width),
        Root = root ?? Fixtures.Repository,
    };

    public Shell Shell { get; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    /// <summary>What a person sees: no trailing blanks.</summary>
    public string Picture => string.Join('\n', Out.Split('\n').Select(line => line.TrimEnd())).TrimEnd();

    public async Task<int> RunAsync(params string[] arguments) => await CommandLine.RunAsync(arguments, Shell);

    private static IAnsiConsole Console(TextWriter writer, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
        return console;
    }
}
