using System.CommandLine;
using CsmAgent.Models.Hub;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>Fetches models into the cache; what has arrived before is resumed.</summary>
internal sealed class ModelsPullVerb : Verb
{
    private readonly Argument<string[]> _names = ModelArguments.Names();

    public ModelsPullVerb(Shell shell)
        : base(shell, "pull", "Fetches models into the cache, going on where an earlier pull stopped.", "models pull mimi tokenizer") =>
        Arguments.Add(_names);

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var catalogue = ModelCatalogue.Embedded();
        var models = ModelArguments.Find(catalogue, arguments.GetValue(_names));
        using var client = new HubClient(HubOptions.FromEnvironment(catalogue), Shell.Time);
        foreach (var model in models)
        {
            var files = await PullScreen.RunAsync(
                Shell, progress => client.PullAsync(model, progress, cancellationToken));
            foreach (var file in files)
            {
                var check = file.CheckedAgainst switch
                {
                    HashSource.Catalogue => "hash as in the catalogue",
                    HashSource.FirstPull => "hash as at the first pull",
                    HashSource.Hub => "hash as the hub names it; recorded, since the catalogue has none",
                    _ => "was there already",
                };
                Shell.Line($"{file.Path}  {ByteSize.Of(file.Bytes)}  {check}");
            }
        }

        return ExitCode.Ok;
    }
}
