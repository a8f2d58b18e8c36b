using System.CommandLine;
using CsmAgent.Conversation.Dialogue.Script;

namespace CsmAgent.Cli;

/// <summary>Says what is wrong with a command line, in one line each, and where help is.</summary>
internal static class UsageReport
{
    public static int Show(ParseResult parsed, string[] arguments, Shell shell)
    {
        var command = parsed.CommandResult.Command;
        if (arguments.Length == 0)
        {
            shell.Notice("csm-agent: say what to do, for example: csm-agent talk");
        }

        // A word that is nothing known explains every other error of the same line.
        var unknown = parsed.UnmatchedTokens;
        foreach (var word in unknown)
        {
            var known = word.StartsWith('-')
                ? parsed.RootCommandResult.Command.Options.Concat(command.Options).Select(option => option.Name)
                : command.Subcommands.Select(verb => verb.Name);
            var meant = NearestNames.Of(word, known) is [var nearest, ..] ? nearest : null;
            shell.Notice($"csm-agent: '{word}' is no {(word.StartsWith('-') ? "option" : "word")} of {Describe(command)}.{(meant is null ? string.Empty : $" Did you mean '{meant}'?")}");
        }

        foreach (var error in parsed.Errors.Where(_ => unknown.Count == 0 && arguments.Length > 0))
        {
            shell.Notice($"csm-agent: {error.Message}");
        }

        shell.Notice($"Help: {Describe(command)} --help");
        return ExitCode.Usage;
    }

    private static string Describe(Command command) => command is RootCommand ? "csm-agent" : $"csm-agent {command.Name}";
}
