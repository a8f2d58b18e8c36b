using System.CommandLine;
using CsmAgent.Models.Hub;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>Shows what the cache holds without need, and removes it when told to.</summary>
internal sealed class ModelsPruneVerb : Verb
{
    private readonly Option<bool> _yes = new("--yes") { Description = "Delete; without it only a list is shown." };
    private readonly Option<bool> _incomplete = new("--incomplete") { Description = "Also broken-off downloads, which a pull could resume." };

    public ModelsPruneVerb(Shell shell)
        : base(shell, "prune", "Removes old commits and unused content of the known models from the cache.", "models prune", "models prune --incomplete --yes")
    {
        Options.Add(_yes);
        Options.Add(_incomplete);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var catalogue = ModelCatalogue.Embedded();
        var cache = new HubCache(HubOptions.FromEnvironment(catalogue).CacheFolder);
        var waste = new HubPruner(cache).Find(catalogue, arguments.GetValue(_incomplete));
        foreach (var (path, bytes) in waste)
        {
            Shell.Line($"{ByteSize.Of(bytes)}  {path}");
        }

        var total = ByteSize.Of(waste.Sum(item => item.Bytes));
        Shell.Line(
            waste.Count == 0 ? $"Nothing to remove in {cache.Folder}."
            : arguments.GetValue(_yes) ? $"Removed {ByteSize.Of(HubPruner.Delete(waste))}."
            : $"{total} could be removed. Run again with --yes.");
        return Task.FromResult(ExitCode.Ok);
    }
}
