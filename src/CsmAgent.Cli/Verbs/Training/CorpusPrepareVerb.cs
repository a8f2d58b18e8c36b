using System.CommandLine;
using CsmAgent.Training.Corpus;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>Decodes, verifies and splits a corpus.</summary>
internal sealed class CorpusPrepareVerb : Verb
{
    private const int MostLate = 10;
    private readonly Argument<string> _source = new("source") { Description = "Folder with index.tsv and its audio." };
    private readonly Argument<string> _output = new("output") { Description = "Folder to write (about 170 MB per hour)." };
    private readonly Option<string[]> _with = new("--with") { Description = "A further corpus to learn from, of which nothing is held out; may be repeated.", DefaultValueFactory = _ => [] };
    private readonly Option<double[]> _sizes = new("--size") { Description = "Also learn from every speaker at this size (pitch and formants times 0.5 to 2), so that no text tells whose voice it is; may be repeated.", DefaultValueFactory = _ => [] };
    private readonly Option<int> _late = new("--late-labels") { Description = "How many labels of 20 ms the source's phones come after their sound (2 in desk-corpus)." };
    private readonly Option<double> _heldOut = new("--held-out") { Description = "Share of the texts that training never sees.", DefaultValueFactory = _ => 0.11 };
    private readonly Option<int> _seed = new("--seed") { Description = "Chooses the held-out texts.", DefaultValueFactory = _ => 1 };

    public CorpusPrepareVerb(Shell shell)
        : base(shell, "prepare", "Decodes a corpus, leaves out what is missing, silent, clipped or mislabelled, and splits it.", "corpus prepare ../shared/desk-corpus runs/corpus")
    {
        Arguments.Add(_source);
        Arguments.Add(_output);
        Options.Add(_with);
        Options.Add(_sizes);
        _sizes.Accepts(sizes => sizes!.All(size => size is >= SpeakerSize.Least and <= SpeakerSize.Most), $"{SpeakerSize.Least} to {SpeakerSize.Most}");
        Options.Add(_late);
        _late.Accepts(late => late is >= 0 and <= MostLate, $"0 to {MostLate}");
        Options.Add(_heldOut);
        Options.Add(_seed);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new CorpusOptions
        {
            Source = arguments.GetValue(_source)!,
            Output = arguments.GetValue(_output)!,
            Further = arguments.GetValue(_with)!,
            Sizes = arguments.GetValue(_sizes)!,
            LateLabels = arguments.GetValue(_late),
            HeldOutShare = arguments.GetValue(_heldOut),
            Seed = arguments.GetValue(_seed),
        };
        var progress = new LineProgress<(double Share, string Message)>(p => Shell.Notice($"{p.Share:p0}  {p.Message}"));
        var skipped = CorpusPreparer.Prepare(options, progress, cancellationToken);
        foreach (var item in skipped.Take(20))
        {
            Shell.Line($"left out, {item.Folder} line {item.Line}: {item.Reason}");
        }

        Shell.Line($"{skipped.Count} items left out (skipped.tsv names them)");
        using var corpus = PreparedCorpus.Open(options.Output);
        CorpusShowVerb.Show(Shell, corpus);
        return Task.FromResult(ExitCode.Ok);
    }
}
