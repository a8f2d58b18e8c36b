namespace CsmAgent.Models.Hub;

/// <summary>Checks cached files against the catalogue, the first pull, or the name of their content.</summary>
/// <param name="cache">The cache.</param>
public sealed class HubVerifier(HubCache cache)
{
    private readonly RecordedHashes _recorded = new(cache);

    /// <summary>Reads every file of a model and compares.</summary>
    /// <param name="model">The model.</param>
    /// <param name="progress">Told how far the reading is; null for silence.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    public async Task<IReadOnlyList<FileCheck>> VerifyAsync(
        CatalogueModel model, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        var checks = new List<FileCheck>();
        foreach (var file in model.Files)
        {
            checks.Add(await VerifyAsync(model, file, progress, cancellationToken));
        }

        return checks;
    }

    private async Task<FileCheck> VerifyAsync(
        CatalogueModel model, CatalogueFile file, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        var path = cache.Find(model.Repository, model.Revision, file.Path);
        if (path is null)
        {
            return new FileCheck(file.Path, FileVerdict.Missing, $"run: csm-agent models pull {model.Name}");
        }

        var target = HubCache.Content(path);
        var bytes = new FileInfo(target).Length;
        if (file.Bytes is { } expectedBytes && bytes != expectedBytes)
        {
            return new FileCheck(file.Path, FileVerdict.WrongSize, $"{bytes} bytes instead of {expectedBytes}");
        }

        var found = await ContentHash.ComputeAsync(
            target, done => progress?.Report(new HubProgress(file.Path, HubStage.Verifying, done, bytes)), cancellationToken);
        var commit = cache.Commit(model.Repository, model.Revision)!;
        var name = Path.GetFileName(target);
        var (expected, actual, source) =
            file.Sha256 is { } known ? (known, found.Sha256, "catalogue")
            : _recorded.Find(model.Repository, commit, file.Path) is { } first ? (first, found.Sha256, "recorded on the first pull")
            : name.Length == 64 ? (name, found.Sha256, "the hub's name for it")
            : name.Length == 40 ? (name, found.GitSha1, "the hub's name for it")
            : ("", found.Sha256, "");
        return expected.Length == 0 ? new FileCheck(file.Path, FileVerdict.Unknown, $"sha256 {found.Sha256}, nothing to compare with")
            : expected == actual ? new FileCheck(file.Path, FileVerdict.Good, $"{actual} ({source})")
            : new FileCheck(file.Path, FileVerdict.WrongHash, $"{actual} instead of {expected} ({source})");
    }
}
