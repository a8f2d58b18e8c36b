using Spectre.Console;

namespace CsmAgent.Cli;

/// <summary>Where a verb runs: its two streams, its clock and its folders. Tests give their own.</summary>
public sealed class Shell
{
    /// <summary>What the person asked for; can be piped.</summary>
    public required IAnsiConsole Out { get; init; }

    /// <summary>Progress, notices and errors.</summary>
    public required IAnsiConsole Error { get; init; }

    /// <summary>The clock of everything that is not sound.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The folder that holds <c>config/</c>, <c>voices/</c> and <c>hocon/</c>.</summary>
    public string Root { get; init; } = InstallFolder.Find();

    /// <summary>True with <c>--verbose</c>: debug log, stack traces.</summary>
    public bool Verbose { get; set; }

    /// <summary>An extra configuration file from <c>--config</c>.</summary>
    public string? ConfigurationFile { get; set; }

    /// <summary>True when a person is looking: live screens, bars and colours make sense.</summary>
    public bool IsInteractive => Out.Profile.Capabilities.Interactive && Out.Profile.Out.IsTerminal;

    /// <summary>Standard output and standard error.</summary>
    public static Shell ForTerminal() => new()
    {
        Out = Terminal(Console.Out, Console.IsOutputRedirected),
        Error = Terminal(Console.Error, Console.IsErrorRedirected),
    };

    /// <summary>Writes one plain line to <see cref="Out"/>, never wrapped or coloured, so that it can be piped.</summary>
    public void Line(string text = "") => Out.Profile.Out.Writer.WriteLine(text);

    /// <summary>Writes one plain line to <see cref="Error"/>.</summary>
    public void Notice(string text) => Error.Profile.Out.Writer.WriteLine(text);

    private static IAnsiConsole Terminal(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (isRedirected)
        {
            // A file has no width; tables keep one row a line.
            console.Profile.Width = 200;
        }

        return console;
    }
}
