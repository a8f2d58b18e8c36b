namespace CsmAgent.Models.Hub;

/// <summary>Finds what in the cache nothing points to. Other programs share the cache, so only the catalogue's repositories
/// are looked at.</summary>
/// <param name="cache">The cache.</param>
public sealed class HubPruner(HubCache cache)
{
    /// <summary>Lists what can go: broken downloads, snapshots that no branch and no catalogue entry names, and content that
    /// then has no link.</summary>
    /// <param name="catalogue">Its commits are kept.</param>
    /// <param name="incompleteToo">False keeps downloads that can be resumed.</param>
    /// <returns>Files and folders with the bytes each frees.</returns>
    public IReadOnlyList<(string Path, long Bytes)> Find(ModelCatalogue catalogue, bool incompleteToo)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        var waste = new List<(string, long)>();
        foreach (var repository in catalogue.Models.GroupBy(model => model.Repository))
        {
            var folder = cache.Repository(repository.Key);
            var kept = repository.Select(model => cache.Commit(repository.Key, model.Revision)).ToHashSet();
            foreach (var reference in FilesUnder(Path.Combine(folder, "refs")))
            {
                kept.Add(File.ReadAllText(reference).Trim());
            }

            var used = new HashSet<string>(StringComparer.Ordinal);
            foreach (var snapshot in FoldersIn(Path.Combine(folder, "snapshots")))
            {
                if (!kept.Contains(Path.GetFileName(snapshot)))
                {
                    waste.Add((snapshot, FilesUnder(snapshot).Where(file => File.ResolveLinkTarget(file, false) is null).Sum(Length)));
                    continue;
                }

                used.UnionWith(FilesUnder(snapshot).Select(file => File.ResolveLinkTarget(file, true)?.FullName ?? file));
            }

            waste.AddRange(FilesUnder(Path.Combine(folder, "blobs"))
                .Where(blob => blob.EndsWith(".incomplete", StringComparison.Ordinal) ? incompleteToo && IsIdle(blob) : !used.Contains(blob))
                .Select(blob => (blob, Length(blob))));
        }

        return waste;
    }

    /// <summary>Deletes what <see cref="Find"/> listed.</summary>
    /// <returns>Bytes freed.</returns>
    public static long Delete(IReadOnlyList<(string Path, long Bytes)> waste)
    {
        ArgumentNullException.ThrowIfNull(waste);
        foreach (var (path, _) in waste)
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }

        return waste.Sum(item => item.Bytes);
    }

    /// <summary>False while a download writes the file: it is opened for itself alone.</summary>
    private static bool IsIdle(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static long Length(string path) => new FileInfo(path).Length;

    private static string[] FilesUnder(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];

    private static string[] FoldersIn(string folder) => Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
}
