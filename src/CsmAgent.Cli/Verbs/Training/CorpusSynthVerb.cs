using System.CommandLine;
using CsmAgent.Training.Corpus;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Makes a corpus with flite.</summary>
internal sealed class CorpusSynthVerb : Verb
{
    private readonly Argument<string> _texts = new("texts") { Description = "A text file, one sentence a line." };
    private readonly Argument<string> _output = new("output") { Description = "Folder to write." };
    private readonly Option<string[]> _voices = new("--voice") { Description = $"A flite voice ({string.Join(", ", FliteCorpus.Voices)}); may be repeated.", DefaultValueFactory = _ => ["slt", "rms"] };

    public CorpusSynthVerb(Shell shell)
        : base(shell, "synth", "Lets flite speak sentences into a labelled corpus, to try a training out.", "corpus synth sentences.txt runs/flite --voice slt --voice rms")
    {
        Arguments.Add(_texts);
        Arguments.Add(_output);
        Options.Add(_voices);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var texts = File.ReadLines(arguments.GetValue(_texts)!).Select(line => line.Trim()).Where(line => line.Length > 0).ToList();
        var seconds = FliteCorpus.Make(texts, arguments.GetValue(_voices)!, arguments.GetValue(_output)!, new LineProgress<double>(_ => { }), cancellationToken);
        Shell.Line($"{seconds / 60:f1} minutes of speech in {arguments.GetValue(_output)}; next: csm-agent corpus prepare {arguments.GetValue(_output)} FOLDER");
        return Task.FromResult(ExitCode.Ok);
    }
}
