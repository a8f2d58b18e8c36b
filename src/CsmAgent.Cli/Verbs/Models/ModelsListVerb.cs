using System.CommandLine;
using CsmAgent.Models.Hub;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>Shows the catalogue beside what the cache holds.</summary>
internal sealed class ModelsListVerb(Shell shell)
    : Verb(shell, "list", "Shows the known models and which are in the cache.", "models list")
{
    public int Show()
    {
        var catalogue = ModelCatalogue.Embedded();
        var cache = new HubCache(HubOptions.FromEnvironment(catalogue).CacheFolder);
        foreach (var model in catalogue.Models)
        {
            var present = model.Files.Count(file => cache.Find(model.Repository, model.Revision, file.Path) is not null);
            var (bytes, exact) = model.KnownSize;
            var size = bytes == 0 ? "size unknown" : (exact ? "" : "over ") + ByteSize.Of(bytes);
            var state = present == model.Files.Count ? "in the cache" : present == 0 ? "not in the cache" : $"{present} of {model.Files.Count} files in the cache";
            Shell.Line($"{model.Name,-22}{size,-14}{model.Licence + (model.Gated ? ", gated" : ""),-28}{state}");
            Shell.Line($"  {model.Description}");
        }

        Shell.Line($"The cache is {cache.Folder}. Gated models need their publisher's terms accepted and HF_TOKEN set.");
        return ExitCode.Ok;
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) => Task.FromResult(Show());
}
