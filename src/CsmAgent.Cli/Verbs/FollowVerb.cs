using System.CommandLine;
using CsmAgent.Conversation.Reporting;

namespace CsmAgent.Cli.Verbs;

/// <summary>Follows one reply through a conversation's log.</summary>
internal sealed class FollowVerb : Verb
{
    private readonly Argument<string> _log = new("log") { Description = "conversation.jsonl, as talk writes it." };
    private readonly Option<int?> _generation = new("--generation")
    {
        Description = "The reply's number; without it all replies are listed with theirs.",
        HelpName = "NUMBER",
    };

    public FollowVerb(Shell shell)
        : base(
            shell,
            "follow",
            "Follows one reply through a conversation's log by its generation number: what was heard, decided, prepared, spoken, and when.",
            "follow conversation.jsonl",
            "follow today/conversation.jsonl --generation 7")
    {
        Arguments.Add(_log);
        Options.Add(_generation);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var log = ConversationFile.Require(arguments.GetRequiredValue(_log));
        var lines = arguments.GetValue(_generation) is { } generation ? ReplyStory.Read(log, generation) : ReplyStory.List(log);
        foreach (var line in lines)
        {
            Shell.Line(line);
        }

        return Task.FromResult(ExitCode.Ok);
    }
}
