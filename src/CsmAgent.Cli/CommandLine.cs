using System.CommandLine;
using System.CommandLine.Help;
using CsmAgent.Cli.Verbs;

namespace CsmAgent.Cli;

/// <summary>The whole command line: parses, runs one verb, turns every failure into a sentence and an exit code.</summary>
public static class CommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="arguments">As the shell gave them.</param>
    /// <param name="shell">Streams, clock and folders.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Shell shell)
    {
        var root = Build(shell);
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0 && !arguments.Any(word => word is "--help" or "-h" or "-?" or "/?" or "--version"))
        {
            return UsageReport.Show(parsed, arguments, shell);
        }

        var settings = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = shell.Out.Profile.Out.Writer,
            Error = shell.Error.Profile.Out.Writer,
        };

        try
        {
            return await parsed.InvokeAsync(settings).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The last catch: whatever it is becomes one sentence and an exit code.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return FaultReport.Show(fault, shell);
        }
    }

    /// <summary>The verbs and the options they share.</summary>
    public static RootCommand Build(Shell shell)
    {
        var root = new RootCommand("A real-time voice agent: it listens, answers and can be interrupted.");
        var verbose = new Option<bool>("--verbose")
        {
            Description = "Write the debug log to standard error, and stack traces with errors.",
            Recursive = true,
        };
        var config = new Option<string?>("--config")
        {
            Description = "A JSON file read after config/appsettings.json.",
            HelpName = "FILE",
            Recursive = true,
        };
        verbose.Validators.Add(given => shell.Verbose = given.GetValue(verbose));
        config.Validators.Add(given => shell.ConfigurationFile = given.GetValue(config));
        root.Options.Add(verbose);
        root.Options.Add(config);
        foreach (var verb in VerbList.All(shell))
        {
            root.Subcommands.Add(verb);
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }
}
