using System.CommandLine;
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
        var manifest = Path.Combine(Shell.Root, "voices", "desk-turns", "manifest.tsv");
        string[] texts = [.. File.ReadLines(manifest).Skip(1).Select(line => line.Split('\t')[2]).Distinct()];
        var report = await WordTimeBench.RunAsync(
            texts, arguments.GetRequiredValue(_voice), PocketSphinxRecognizer.DebianModelFolder, cancellationToken).ConfigureAwait(false);
        foreach (var line in report.ToLines())
        {
            Shell.Line(line);
        }

        if (arguments.GetValue(_json) is { } json)
        {
            await File.WriteAllTextAsync(json.FullName, report.ToJson() + "\n", cancellationToken).ConfigureAwait(false);
        }

        return ExitCode.Ok;
    }
}
