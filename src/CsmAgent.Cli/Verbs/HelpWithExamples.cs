using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace CsmAgent.Cli.Verbs;

/// <summary>The usual help, then the verb's examples (or the first commands to try) and the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        IEnumerable<string> examples = command is Verb verb
            ? verb.Examples
            : ["talk", "doctor", "generate \"Good morning.\" --play", "talk --help"];
        output.WriteLine("Examples:");
        foreach (var example in examples)
        {
            output.WriteLine($"  csm-agent {example}");
        }

        if (command is RootCommand)
        {
            output.WriteLine();
            output.WriteLine("Exit codes:");
            output.WriteLine("  0 done, 1 a check failed, 2 wrong command line or configuration, 3 something is missing, 4 a bug, 130 Ctrl+C");
        }

        return ExitCode.Ok;
    }
}
