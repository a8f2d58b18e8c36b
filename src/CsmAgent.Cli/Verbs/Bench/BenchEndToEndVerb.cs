using System.CommandLine;
using System.Globalization;
using CsmAgent.Cli.Hosting;
using CsmAgent.Cli.Measuring.EndToEnd;
using CsmAgent.Cli.Talk;
using CsmAgent.Conversation;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs.Bench;

/// <summary>Measures whole turns: mouth to ear, barge-in, endpointing, understanding.</summary>
internal sealed class BenchEndToEndVerb : Verb
{
    private readonly Option<string?> _turns = new("--turns") { Description = "A script of recorded turns; voices/desk-turns/bench.turns without it.", HelpName = "FILE" };
    private readonly Option<bool> _realTime = new("--real-time") { Description = "At a sound card's pace, on a quiet machine; otherwise virtual time plus the processor time spent." };
    private readonly Option<double> _echo = new("--echo") { Description = "The agent's echo at the microphone in dB relative to what is played.", DefaultValueFactory = _ => -12 };
    private readonly Option<DirectoryInfo?> _output = new("--output") { Description = "Keeps the conversation's log and sound in this folder, for 'report' and 'follow'.", HelpName = "FOLDER" };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes the figures to this file.", HelpName = "FILE" };

    public BenchEndToEndVerb(Shell shell)
        : base(
            shell,
            "e2e",
            "Recorded turns through the whole agent in a simulated room: mouth to ear, barge-in to silence, endpointing, intents.",
            "bench e2e",
            "bench e2e --real-time --json e2e.json",
            "bench e2e --turns voices/desk-turns/conversation.turns")
    {
        Options.Add(_turns);
        Options.Add(_realTime);
        Options.Add(_echo);
        Options.Add(_output);
        Options.Add(_json);
        _echo.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= -80 and <= 0))
            {
                result.AddError("--echo: expected -80 to 0 dB.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var script = arguments.GetValue(_turns) ?? Path.Combine(Shell.Root, "voices", "desk-turns", "bench.turns");
        var turns = TurnScript.Read(script);
        var manifest = TurnManifest.Beside(script);
        var isRealTime = arguments.GetValue(_realTime);
        await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken, withConversation: true).ConfigureAwait(false);
        var run = new EndToEndRun(host.Services.GetRequiredService<IConversationFactory>(), host.Services.GetRequiredService<ConversationEngines>())
        {
            OutputFolder = arguments.GetValue(_output)?.FullName,
        };
        var (figures, falseInterruptions, earlyFrames, clock) = await run.MeasureAsync(
            turns, manifest, isRealTime, arguments.GetValue(_echo), cancellationToken).ConfigureAwait(false);
        foreach (var turn in figures)
        {
            Shell.Notice(string.Create(
                CultureInfo.InvariantCulture,
                $"{turn.Name,-32} mouth to ear {turn.MouthToEarMs,5:0} (work {turn.ComputeMs,4:0}, counters {turn.CountersOffMs,4:+0;-0;0}), end {turn.EndpointDelayMs,5:0}, softer {turn.SoftenedMs,4:0}, silent {turn.SilenceMs,4:0} ms{(turn.IsCutEarly ? ", cut early" : "")}{(turn.IsJoined ? ", joined" : "")} '{turn.Heard}'{(turn.Intent is null || turn.IsIntentRight ? "" : $" is not {turn.Intent}")}"));
        }

        var pace = isRealTime ? "real time" : "virtual time plus processor time, all threads added up on one core";
        var report = EndToEndReport.Of($"{figures.Count} recorded turns through the embedded agent in a simulated room, {pace}.", figures, manifest, falseInterruptions, earlyFrames, clock);
        return await BenchOutput.ShowAsync(Shell, report, arguments.GetValue(_json), cancellationToken).ConfigureAwait(false);
    }
}
