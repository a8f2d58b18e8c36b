using System.CommandLine;
using CsmAgent.Cli.Measuring.EndToEnd;
using CsmAgent.Engines.Bench;
using CsmAgent.Engines.Listening.PocketSphinx;

namespace CsmAgent.Cli.Verbs.Bench;

/// <summary>Measures how well the agent knows which word it is speaking.</summary>
internal sealed class BenchWordsVerb : Verb
{
    private readonly Option<string> _voice = new("--voice") { Description = "The flite voice: slt, rms, awb, kal16.", DefaultValueFactory = _ => "slt" };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes the figures to this file.", HelpName = "FILE" };

    public BenchWordsVerb(Shell shell)
        : base(shell, "words", "Word times of the agent's speech, against what a recogniser finds in the sound.", "bench words", "bench words --voice rms --json words.json")
    {
        Options.Add(_voice);
        Options.Add(_json);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var script = Path.Combine(Shell.Root, "voices", "desk-turns", "bench.turns");
        string[] texts = [.. TurnManifest.Beside(script).Texts.Distinct()];
        if (texts.Length == 0)
        {
            throw new CliException(ExitCode.Missing, $"There is no manifest.tsv beside {script}, whose sentences are spoken. Take it from the repository again.");
        }

        var report = await WordTimeBench.RunAsync(
            texts, arguments.GetRequiredValue(_voice), PocketSphinxRecognizer.DebianModelFolder, cancellationToken).ConfigureAwait(false);
        return await BenchOutput.ShowAsync(Shell, report, arguments.GetValue(_json), cancellationToken).ConfigureAwait(false);
    }
}
