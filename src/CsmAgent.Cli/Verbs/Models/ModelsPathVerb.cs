using System.CommandLine;
using CsmAgent.Models.Hub;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>Prints where a cached model lies, for scripts.</summary>
internal sealed class ModelsPathVerb : Verb
{
    private readonly Argument<string> _name = new("name") { Description = "A name from 'models list'." };

    public ModelsPathVerb(Shell shell)
        : base(shell, "path", "Prints the folder a cached model lies in.", "models path csm-1b") =>
        Arguments.Add(_name);

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var catalogue = ModelCatalogue.Embedded();
        var model = catalogue.Find(arguments.GetValue(_name)!);
        var cache = new HubCache(HubOptions.FromEnvironment(catalogue).CacheFolder);
        var missing = model.Files.Where(file => cache.Find(model.Repository, model.Revision, file.Path) is null).ToList();
        if (missing.Count > 0)
        {
            throw new CliException(
                ExitCode.Missing,
                $"{model.Name} is not complete in {cache.Folder}: {string.Join(", ", missing.Select(file => file.Path))} missing. Run: csm-agent models pull {model.Name}");
        }

        Shell.Line(cache.Snapshot(model.Repository, cache.Commit(model.Repository, model.Revision)!));
        return Task.FromResult(ExitCode.Ok);
    }
}
