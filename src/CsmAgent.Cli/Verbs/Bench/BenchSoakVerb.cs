using System.CommandLine;
using CsmAgent.Cli.Hosting;
using CsmAgent.Cli.Measuring.Soak;
using CsmAgent.Cli.Talk;
using CsmAgent.Conversation;
using CsmAgent.Conversation.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs.Bench;

/// <summary>Holds one long conversation: memory, underruns, the framework's own cost, replay.</summary>
internal sealed class BenchSoakVerb : Verb
{
    private readonly Option<double> _minutes = new("--minutes") { Description = "Length of the conversation.", DefaultValueFactory = _ => 120 };
    private readonly Option<bool> _embedded = new("--embedded") { Description = "With the agent's real engines and recorded turns; otherwise with engines that cost nothing, so that what is measured is the framework." };
    private readonly Option<bool> _realTime = new("--real-time") { Description = "At a sound card's pace; otherwise in virtual time." };
    private readonly Option<string?> _output = new("--output") { Description = "Keeps recording and logs in this folder; two hours are 700 MB.", HelpName = "DIR" };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes the figures to this file.", HelpName = "FILE" };

    public BenchSoakVerb(Shell shell)
        : base(
            shell,
            "soak",
            "One long conversation: memory, underruns, the framework's own cost per frame, replay.",
            "bench soak",
            "bench soak --minutes 10 --embedded --real-time --json soak.json")
    {
        Options.Add(_minutes);
        Options.Add(_embedded);
        Options.Add(_realTime);
        Options.Add(_output);
        Options.Add(_json);
        _minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.5 and <= 1440))
            {
                result.AddError("--minutes: expected 0.5 to 1440.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (minutes, isEmbedded, isRealTime) = (arguments.GetValue(_minutes), arguments.GetValue(_embedded), arguments.GetValue(_realTime));
        var kept = arguments.GetValue(_output);
        var folder = kept is null ? Directory.CreateTempSubdirectory("csm-agent-soak") : Directory.CreateDirectory(kept);
        try
        {
            await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken, withConversation: true).ConfigureAwait(false);
            var factory = host.Services.GetRequiredService<IConversationFactory>();
            var run = isEmbedded
                ? new SoakRun(factory, host.Services.GetRequiredService<ConversationEngines>(), null)
                : new SoakRun(factory, WeightlessEngines.Create(), () => new LevelEar());
            var turns = isEmbedded
                ? SoakScript.Repeat(TurnScript.Read(Path.Combine(Shell.Root, "voices", "desk-turns", "bench.turns")), minutes)
                : SoakScript.Tones(minutes);
            var report = await run.RunAsync(
                turns, TimeSpan.FromMinutes(minutes), isRealTime, folder.FullName, Shell.Notice, cancellationToken).ConfigureAwait(false);
            foreach (var trouble in run.Troubles.Take(20))
            {
                Shell.Line(trouble);
            }

            return await BenchOutput.ShowAsync(Shell, report, arguments.GetValue(_json), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (kept is null)
            {
                folder.Delete(recursive: true);
            }
        }
    }
}
