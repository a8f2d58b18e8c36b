using System.CommandLine;
using CsmAgent.Conversation.Journal;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Cli.Verbs;

/// <summary>Shows or deletes what conversations have kept.</summary>
internal sealed class MemoryVerb : Verb
{
    private readonly Argument<string> _folder = new("folder") { Description = "The folder given to talk --memory." };
    private readonly Option<bool> _forget = new("--forget") { Description = "Deletes it." };

    public MemoryVerb(Shell shell)
        : base(shell, "memory", "Shows what was heard and kept by 'talk --memory', or deletes it.", "memory notes", "memory notes --forget")
    {
        Arguments.Add(_folder);
        Options.Add(_forget);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetRequiredValue(_folder);
        var kept = KeptConversations.List(folder);
        if (kept.Count == 0)
        {
            throw new CliException(ExitCode.Missing, $"Nothing is kept in {Path.GetFullPath(folder)}. 'csm-agent talk --memory {folder}' keeps what it hears there.");
        }

        foreach (var name in kept)
        {
            var turns = Try(name, () => KeptConversations.Read(folder, name));
            foreach (var turn in turns)
            {
                Shell.Line($"{(turn.Speaker == TurnSpeaker.User ? "you" : "agent"),-6} {turn.Text}{(turn.WasInterrupted ? " [interrupted]" : "")}");
            }

            if (arguments.GetValue(_forget))
            {
                Try(name, () =>
                {
                    KeptConversations.Forget(folder, name);
                    return true;
                });
                Shell.Line($"forgotten: {turns.Count} turns of '{name}'");
            }
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private static T Try<T>(string name, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException fault) when (fault is not FileNotFoundException)
        {
            throw new CliException(ExitCode.Missing, $"The conversation '{name}' is running and holds its memory: end it, or press f there. ({fault.Message})");
        }
    }
}
