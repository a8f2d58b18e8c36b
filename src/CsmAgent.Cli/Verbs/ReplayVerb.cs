using System.CommandLine;
using System.Diagnostics;
using CsmAgent.Conversation.Replay;

namespace CsmAgent.Cli.Verbs;

/// <summary>Replays a recorded conversation through the turn machine.</summary>
internal sealed class ReplayVerb : Verb
{
    private readonly Argument<string> _log = new("log") { Description = "turns.jsonl, as talk writes it beside conversation.jsonl." };

    public ReplayVerb(Shell shell)
        : base(
            shell,
            "replay",
            "Replays a conversation's turn machine in virtual time and says whether it did the same again, bit for bit.",
            "replay turns.jsonl")
    {
        Arguments.Add(_log);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var result = ConversationReplay.Run(ConversationFile.Require(arguments.GetRequiredValue(_log)));
        Shell.Line($"{result.Length:mm\\:ss} of conversation, {result.Transitions} transitions, replayed in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
        Shell.Line($"now         {result.Hash}");
        Shell.Line($"recorded    {result.RecordedHash ?? "nothing: the process was killed before it could say"}");
        Shell.Line(result.IsIdentical ? "identical"
            : result.LostEvents > 0 ? $"different: the recording has lost {result.LostEvents} events"
            : result.RecordedHash is null ? "cannot be compared"
            : "different: the rules have changed since, or the log");
        return Task.FromResult(result.IsIdentical ? ExitCode.Ok : ExitCode.CheckFailed);
    }
}
