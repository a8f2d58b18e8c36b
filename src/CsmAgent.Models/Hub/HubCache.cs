using System.Text.RegularExpressions;

namespace CsmAgent.Models.Hub;

/// <summary>The cache folder in the layout that other hub clients share: <c>blobs</c> by content, <c>refs</c> by branch,
/// <c>snapshots</c> by commit with links into <c>blobs</c>, and <c>.locks</c> beside the repositories.</summary>
/// <param name="folder">The cache folder; made when first written.</param>
public sealed partial class HubCache(string folder)
{
    /// <summary>The cache folder.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>The folder of one repository.</summary>
    /// <param name="repository">Owner and name.</param>
    public string Repository(string repository) =>
        Path.Combine(Folder, "models--" + repository.Replace("/", "--", StringComparison.Ordinal));

    /// <summary>Where the content with this tag lies, or will.</summary>
    public string Blob(string repository, string etag) => Path.Combine(Repository(repository), "blobs", etag);

    /// <summary>The folder of one commit.</summary>
    public string Snapshot(string repository, string commit) => Path.Combine(Repository(repository), "snapshots", commit);

    /// <summary>The lock file for the content with this tag.</summary>
    public string Lock(string repository, string etag) =>
        Path.Combine(Folder, ".locks", Path.GetFileName(Repository(repository)), etag + ".lock");

    /// <summary>The commit a revision names in the cache, or null when it was never fetched.</summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="revision">A commit or a branch.</param>
    public string? Commit(string repository, string revision)
    {
        if (CommitPattern().IsMatch(revision))
        {
            return revision;
        }

        var path = Path.Combine(Repository(repository), "refs", revision);
        var commit = File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        return commit is not null && CommitPattern().IsMatch(commit) ? commit : null;
    }

    /// <summary>The path of a cached file, or null.</summary>
    public string? Find(string repository, string revision, string path)
    {
        var commit = Commit(repository, revision);
        var full = commit is null ? null : Path.Combine(Snapshot(repository, commit), path);
        return full is not null && File.Exists(Content(full)) ? full : null;
    }

    /// <summary>The file that a snapshot's link leads to; the path itself where it is no link.</summary>
    public static string Content(string path) =>
        File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;

    /// <summary>Points a branch at a commit, in one step.</summary>
    public void WriteRef(string repository, string revision, string commit)
    {
        if (CommitPattern().IsMatch(revision))
        {
            return;
        }

        var path = Path.Combine(Repository(repository), "refs", revision);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}";
        File.WriteAllText(temporary, commit);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Makes a commit's file show the content; a link, or the moved content where links are not allowed.</summary>
    /// <returns>The path in the snapshot.</returns>
    public string Link(string repository, string commit, string path, string etag)
    {
        var pointer = Path.Combine(Snapshot(repository, commit), path);
        var blob = Blob(repository, etag);
        var parent = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(parent);
        var temporary = $"{pointer}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}";
        File.Delete(temporary);
        try
        {
            File.CreateSymbolicLink(temporary, Path.GetRelativePath(parent, blob));
            File.Move(temporary, pointer, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            File.Delete(temporary);
            File.Move(blob, pointer, overwrite: true);
        }

        return pointer;
    }

    /// <summary>True for 40 hex digits.</summary>
    public static bool IsCommit(string text) => CommitPattern().IsMatch(text);

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex CommitPattern();
}
