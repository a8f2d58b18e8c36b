using System.CommandLine;
using System.Globalization;
using CsmAgent.Audio.Files;
using CsmAgent.Cli.Hosting;
using CsmAgent.Cli.Measuring.Overlap;
using CsmAgent.Conversation;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Cli.Verbs.Bench;

/// <summary>Measures what the agent does when somebody is heard while it speaks.</summary>
internal sealed class BenchOverlapVerb : Verb
{
    private readonly Option<int> _seed = new("--seed") { Description = "Makes other scenes.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _count = new("--count") { Description = "Scenes; 200 for the goals.", DefaultValueFactory = _ => 200 };
    private readonly Option<DirectoryInfo?> _output = new("--output") { Description = "Keeps every scene's log and sound in this folder.", HelpName = "FOLDER" };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes the figures to this file.", HelpName = "FILE" };

    public BenchOverlapVerb(Shell shell)
        : base(
            shell,
            "overlap",
            "Interruptions, backchannels, side talk and background over the agent's voice, in virtual time through a simulated room.",
            "bench overlap",
            "bench overlap --seed 2 --count 20 --json overlap.json")
    {
        Options.Add(_seed);
        Options.Add(_count);
        Options.Add(_output);
        Options.Add(_json);
        _count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100_000)
            {
                result.AddError($"--count {result.GetValueOrDefault<int>()}: expected 1 to 100000.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var seed = arguments.GetValue(_seed);
        var turns = Path.Combine(Shell.Root, "voices", "desk-turns");
        var scenes = OverlapScenes.Make(turns, Path.Combine(Shell.Root, "tests", "fixtures"), seed, arguments.GetValue(_count));
        await using var host = await AgentHost.StartAsync(Shell, [], cancellationToken, withConversation: true).ConfigureAwait(false);
        var opening = WavFile.Read(Path.Combine(turns, "018-story.wav")).ToHouseFormat();
        await using var stage = new OverlapStage(
            host.Services.GetRequiredService<IConversationFactory>(), host.Services.GetRequiredService<ConversationEngines>(), opening)
        {
            OutputFolder = arguments.GetValue(_output)?.FullName,
        };
        var outcomes = await stage.PlayAllAsync(scenes, outcome => Shell.Notice(Line(outcome)), cancellationToken).ConfigureAwait(false);
        var report = OverlapReport.Of(outcomes, seed);
        return await BenchOutput.ShowAsync(Shell, report, arguments.GetValue(_json), cancellationToken).ConfigureAwait(false);
    }

    private static string Line(OverlapOutcome outcome) => string.Create(
        CultureInfo.InvariantCulture,
        $"{outcome.Scene}: {outcome.Action?.ToString() ?? "spoiled"} (held {outcome.HeldAfterMs:0}, silent {outcome.SilentAfterMs:0}, decided {outcome.DecidedAfterMs:0} ms) {outcome.Why}");
}
