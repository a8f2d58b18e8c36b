namespace CsmAgent.Models.Hub;

/// <summary>Fetches models into the shared cache: resumes, checks, never leaves a half-written file under its final name,
/// and is safe beside other processes that do the same.</summary>
public sealed class HubClient : IDisposable
{
    private const int MaxRestarts = 3;

    private readonly HubOptions _options;
    private readonly TimeProvider _time;
    private readonly HubConnection _connection;
    private readonly RecordedHashes _recorded;

    /// <summary>Makes a client; no connection is opened yet.</summary>
    public HubClient(HubOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _connection = new HubConnection(options, time);
        Cache = new HubCache(options.CacheFolder);
        _recorded = new RecordedHashes(Cache);
    }

    /// <summary>The cache it fills.</summary>
    public HubCache Cache { get; }

    /// <summary>Fetches what is missing of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="progress">Told what happens; null for silence.</param>
    /// <param name="cancellationToken">Stops; what has arrived is kept and resumed next time.</param>
    /// <exception cref="HubException">A file cannot be had; the message says why and what to do.</exception>
    public async Task<IReadOnlyList<PulledFile>> PullAsync(
        CatalogueModel model, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        var files = new List<PulledFile>();
        foreach (var file in model.Files)
        {
            files.Add(await PullAsync(model, file, progress, cancellationToken));
        }

        return files;
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task<PulledFile> PullAsync(
        CatalogueModel model, CatalogueFile file, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        // A commit never changes: what the cache holds of it needs no question to the hub. A branch is asked again.
        var cached = Cache.Find(model.Repository, model.Revision, file.Path);
        if (cached is not null && (_options.Offline || HubCache.IsCommit(model.Revision)) && RightSize(cached, file))
        {
            return Present(file, cached, progress);
        }

        if (_options.Offline)
        {
            throw new HubException(
                HubFault.Offline,
                $"{model.Repository}/{file.Path} is not in the cache ({Cache.Folder}) and HF_HUB_OFFLINE forbids connections. Unset it, or copy the file from a machine that has it.");
        }

        HubException? last = null;
        foreach (var endpoint in _options.Endpoints)
        {
            try
            {
                return await FetchAsync(endpoint, model, file, progress, cancellationToken);
            }
            catch (HubException e) when (e.Fault == HubFault.Unreachable)
            {
                last ??= e;
            }
        }

        throw last!;
    }

    private async Task<PulledFile> FetchAsync(
        Uri endpoint, CatalogueModel model, CatalogueFile file, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        for (var restart = 0; ; restart++)
        {
            var remote = await DescribeAsync(endpoint, model, file, progress, cancellationToken);
            try
            {
                return await FetchAsync(remote, model, file, progress, cancellationToken);
            }
            catch (FileChangedException) when (restart < MaxRestarts)
            {
                progress?.Report(new HubProgress(file.Path, HubStage.Retrying, 0, remote.Bytes, "The file changed on the hub; beginning again."));
            }
            catch (FileChangedException e)
            {
                throw new HubException(HubFault.Corrupt, $"{model.Repository}/{file.Path} changed on the hub during each of {restart + 1} attempts.", e);
            }
        }
    }

    private async Task<RemoteFile> DescribeAsync(
        Uri endpoint, CatalogueModel model, CatalogueFile file, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await _connection.DescribeAsync(endpoint, model, file, cancellationToken);
            }
            catch (TransientHubException e) when (failures < _options.MaxAttempts)
            {
                progress?.Report(new HubProgress(file.Path, HubStage.Retrying, 0, file.Bytes ?? 0, e.Message));
                await Task.Delay(e.RetryAfter ?? BlobDownload.Backoff(failures), _time, cancellationToken);
            }
            catch (TransientHubException e)
            {
                throw new HubException(e.Fault, $"{e.Message} Gave up after {failures} attempts.", e);
            }
        }
    }

    private async Task<PulledFile> FetchAsync(
        RemoteFile remote, CatalogueModel model, CatalogueFile file, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = await HubLock.TakeAsync(
            Cache.Lock(model.Repository, remote.ETag),
            _time,
            () => progress?.Report(new HubProgress(file.Path, HubStage.WaitingForLock, 0, remote.Bytes, "Another process is fetching this file.")),
            cancellationToken);

        // Where links are not allowed the content lies in the snapshot itself.
        if (Cache.Find(model.Repository, remote.Commit, file.Path) is { } there && new FileInfo(HubCache.Content(there)).Length == remote.Bytes)
        {
            Cache.WriteRef(model.Repository, model.Revision, remote.Commit);
            return Present(file, there, progress);
        }

        var blob = Cache.Blob(model.Repository, remote.ETag);
        if (File.Exists(blob) && new FileInfo(blob).Length == remote.Bytes)
        {
            return await FinishAsync(remote, model, file, null, HashSource.NotRead, progress, cancellationToken);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        CheckSpace(blob, remote, file);
        var incomplete = blob + ".incomplete";
        for (var attempt = 0; ; attempt++)
        {
            await new BlobDownload(_connection, _options, _time, progress).RunAsync(remote, model, file, incomplete, cancellationToken);
            var found = await ContentHash.ComputeAsync(
                incomplete,
                done => progress?.Report(new HubProgress(file.Path, HubStage.Verifying, done, remote.Bytes)),
                cancellationToken);
            var (expected, actual, source) = Expectation(remote, model, file, found.Sha256, found.GitSha1);
            if (expected == actual)
            {
                File.Move(incomplete, blob, overwrite: true);
                return await FinishAsync(remote, model, file, found.Sha256, source, progress, cancellationToken);
            }

            File.Delete(incomplete);
            if (attempt > 0)
            {
                throw new HubException(
                    HubFault.Corrupt,
                    $"{model.Repository}/{file.Path}: hash {actual} instead of {expected} ({Describe(source)}), twice. Nothing was kept. A proxy may be changing downloads, or the file was replaced.");
            }
        }
    }

    private async Task<PulledFile> FinishAsync(
        RemoteFile remote, CatalogueModel model, CatalogueFile file, string? sha256, HashSource source,
        IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        var path = Cache.Link(model.Repository, remote.Commit, file.Path, remote.ETag);
        using (await HubLock.TakeAsync(Cache.Lock(model.Repository, "repository"), _time, null, cancellationToken))
        {
            Cache.WriteRef(model.Repository, model.Revision, remote.Commit);
            if (sha256 is not null && file.Sha256 is null)
            {
                _recorded.Write(model.Repository, remote.Commit, file.Path, sha256);
            }
        }

        progress?.Report(new HubProgress(file.Path, HubStage.Done, remote.Bytes, remote.Bytes));
        return new PulledFile(file.Path, path, remote.Bytes, sha256, source);
    }

    private (string Expected, string Actual, HashSource Source) Expectation(
        RemoteFile remote, CatalogueModel model, CatalogueFile file, string sha256, string gitSha1) =>
        file.Sha256 is { } known ? (known, sha256, HashSource.Catalogue)
        : _recorded.Find(model.Repository, remote.Commit, file.Path) is { } first ? (first, sha256, HashSource.FirstPull)
        : remote.ETag.Length == 64 ? (remote.ETag, sha256, HashSource.Hub)
        : (remote.ETag, gitSha1, HashSource.Hub);

    private static string Describe(HashSource source) => source switch
    {
        HashSource.Catalogue => "the catalogue's",
        HashSource.FirstPull => "the first pull's on this machine",
        _ => "the hub's own",
    };

    private static bool RightSize(string path, CatalogueFile file) =>
        file.Bytes is not { } bytes || new FileInfo(HubCache.Content(path)).Length == bytes;

    private static PulledFile Present(CatalogueFile file, string path, IProgress<HubProgress>? progress)
    {
        var bytes = new FileInfo(HubCache.Content(path)).Length;
        progress?.Report(new HubProgress(file.Path, HubStage.Done, bytes, bytes));
        return new PulledFile(file.Path, path, bytes, null, HashSource.NotRead);
    }

    private static void CheckSpace(string blob, RemoteFile remote, CatalogueFile file)
    {
        var incomplete = new FileInfo(blob + ".incomplete");
        var needed = remote.Bytes - (incomplete.Exists ? incomplete.Length : 0);
        var free = new DriveInfo(Path.GetDirectoryName(blob)!).AvailableFreeSpace;
        if (needed > free)
        {
            throw new HubException(
                HubFault.Disk,
                $"{file.Path} needs {needed / 1e9:0.0} GB, the cache's disk has {free / 1e9:0.0} GB free. Free space or set HF_HUB_CACHE to another disk.");
        }
    }
}
