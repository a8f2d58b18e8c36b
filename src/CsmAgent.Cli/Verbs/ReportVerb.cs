using System.CommandLine;
using CsmAgent.Conversation.Reporting;

namespace CsmAgent.Cli.Verbs;

/// <summary>Makes one page of a conversation's log.</summary>
internal sealed class ReportVerb : Verb
{
    private readonly Argument<string> _log = new("log") { Description = "conversation.jsonl, as talk writes it; conversation.wav beside it is drawn too." };
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The HTML file; report.html beside the log when left out.",
        HelpName = "FILE",
    };

    public ReportVerb(Shell shell)
        : base(
            shell,
            "report",
            "Makes one HTML page of a conversation: waveforms, captions, turns and where the time went.",
            "report conversation.jsonl",
            "report today/conversation.jsonl --out today.html")
    {
        Arguments.Add(_log);
        Options.Add(_out);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var log = ConversationFile.Require(arguments.GetRequiredValue(_log));
        Shell.Line(ConversationReport.Write(log, arguments.GetValue(_out)));
        return Task.FromResult(ExitCode.Ok);
    }
}
