using System.CommandLine;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Speech;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Where in its text the speech is, for trainers that are not this program (<c>voices/desk/training/gpu</c>).</summary>
internal sealed class CorpusAlignVerb : Verb
{
    private readonly Argument<string> _corpus = new("corpus") { Description = "A prepared corpus with phone labels." };
    private readonly Argument<string> _output = new("output") { Description = "File to write: for every item a line, for every 20 ms the byte of the text that is said." };

    public CorpusAlignVerb(Shell shell)
        : base(shell, "align", "Writes which byte of its text every 20 ms of speech says.", "corpus align runs/corpus runs/corpus/letters.txt")
    {
        Arguments.Add(_corpus);
        Arguments.Add(_output);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var output = arguments.GetValue(_output)!;
        using var corpus = PreparedCorpus.Open(arguments.GetValue(_corpus)!);
        if (!corpus.HasPhoneLabels)
        {
            throw new InvalidDataException($"{arguments.GetValue(_corpus)}: no phone labels, and letters are found by what is said. Expected an items.tsv with phones in its sixth column.");
        }

        var lines = LetterAlignment.Learn(corpus).Lines().ToArray();
        var unfinished = output + ".new";
        await File.WriteAllLinesAsync(unfinished, lines, cancellationToken);
        File.Move(unfinished, output, overwrite: true);
        Shell.Line($"{lines.Count(line => line.Length > 0)} of {lines.Length} utterances aligned: {output}");
        return ExitCode.Ok;
    }
}
