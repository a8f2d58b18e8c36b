using System.CommandLine;
using CsmAgent.Training.Corpus;

namespace CsmAgent.Cli.Verbs.Training;

/// <summary>What a prepared corpus holds.</summary>
internal sealed class CorpusShowVerb : Verb
{
    private readonly Argument<string> _corpus = new("corpus") { Description = "A prepared corpus." };

    public CorpusShowVerb(Shell shell)
        : base(shell, "show", "Says what a prepared corpus holds, voice by voice.", "corpus show runs/corpus") => Arguments.Add(_corpus);

    public static void Show(Shell shell, PreparedCorpus corpus)
    {
        foreach (var voice in corpus.Items.GroupBy(item => item.Voice).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var minutes = voice.Sum(item => (double)item.Frames) * 0.08 / 60;
            shell.Line($"{voice.Key,-14} {minutes,6:f1} min  {voice.Count(),5} utterances  {voice.Count(item => item.IsHeldOut),4} held out");
        }

        shell.Line($"{corpus.PhoneSymbols.Count} phone labels; held out with 8 words or more: {corpus.Items.Count(item => item is { IsHeldOut: true, Words: >= 8 })}");
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var corpus = PreparedCorpus.Open(arguments.GetValue(_corpus)!);
        Show(Shell, corpus);
        return Task.FromResult(ExitCode.Ok);
    }
}
