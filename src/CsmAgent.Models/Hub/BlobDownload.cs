using System.Buffers;
using System.Net;

namespace CsmAgent.Models.Hub;

/// <summary>Brings one file's content into an <c>.incomplete</c> file, resuming where a broken connection or an earlier
/// process stopped.</summary>
internal sealed class BlobDownload(
    HubConnection connection, HubOptions options, TimeProvider time, IProgress<HubProgress>? progress)
{
    private const int BlockBytes = 1 << 18;
    private const long ReportEvery = 1 << 22;

    /// <summary>Returns when the file has exactly <see cref="RemoteFile.Bytes"/> bytes.</summary>
    public async Task RunAsync(
        RemoteFile remote, CatalogueModel model, CatalogueFile file, string incomplete, CancellationToken cancellationToken)
    {
        await using var target = new FileStream(
            incomplete, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
        if (target.Length > remote.Bytes)
        {
            target.SetLength(0);
        }

        var failures = 0;
        while (target.Length < remote.Bytes)
        {
            var before = target.Length;
            try
            {
                await ReceiveAsync(remote, model, file, target, cancellationToken);
            }
            catch (TransientHubException e)
            {
                failures = target.Length > before ? 1 : failures + 1;
                if (failures >= options.MaxAttempts)
                {
                    throw new HubException(
                        e.Fault, $"{e.Message} Gave up after {failures} attempts with {target.Length} of {remote.Bytes} bytes on disk; pull again to go on from there.", e);
                }

                progress?.Report(new HubProgress(file.Path, HubStage.Retrying, target.Length, remote.Bytes, e.Message));
                await Task.Delay(e.RetryAfter ?? Backoff(failures), time, cancellationToken);
            }
        }

        await target.FlushAsync(cancellationToken);
        target.Flush(flushToDisk: true);
    }

    /// <summary>Half a second, doubled for each failure, at most half a minute.</summary>
    public static TimeSpan Backoff(int failures) => TimeSpan.FromSeconds(Math.Min(30, 0.25 * Math.Pow(2, failures)));

    private async Task ReceiveAsync(
        RemoteFile remote, CatalogueModel model, CatalogueFile file, FileStream target, CancellationToken cancellationToken)
    {
        var offset = target.Length;
        using var response = await connection.OpenAsync(remote, model, file, offset, cancellationToken);
        offset = CheckRange(remote, file, response, target, offset);
        target.Position = offset;

        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            var reported = offset;
            while (true)
            {
                var read = await ReadAsync(source, block, file, cancellationToken);
                if (read == 0)
                {
                    break;
                }

                if (target.Position + read > remote.Bytes)
                {
                    target.SetLength(0);
                    throw new TransientHubException(HubFault.Corrupt, $"{file.Path}: the server sent more than the {remote.Bytes} bytes it promised.");
                }

                await WriteAsync(target, block.AsMemory(0, read), cancellationToken);
                if (target.Position - reported >= ReportEvery)
                {
                    reported = target.Position;
                    progress?.Report(new HubProgress(file.Path, HubStage.Downloading, reported, remote.Bytes));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        if (target.Position < remote.Bytes)
        {
            throw new TransientHubException(HubFault.Unreachable, $"{file.Path}: the connection ended at {target.Position} of {remote.Bytes} bytes.");
        }
    }

    /// <summary>Where the bytes that follow belong: a server may ignore the range and begin again.</summary>
    private static long CheckRange(RemoteFile remote, CatalogueFile file, HttpResponseMessage response, FileStream target, long offset)
    {
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            target.SetLength(0);
            throw new TransientHubException(HubFault.Corrupt, $"{file.Path}: the server refuses to go on at byte {offset}; beginning again.");
        }

        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            target.SetLength(0);
            offset = 0;
        }
        else if (response.Content.Headers.ContentRange is not { } range
            || range.From != offset || (range.Length is { } whole && whole != remote.Bytes))
        {
            target.SetLength(0);
            throw new TransientHubException(
                HubFault.Corrupt,
                $"{file.Path}: asked for bytes {offset} to {remote.Bytes}, the server answers '{response.Content.Headers.ContentRange}'.");
        }

        if (response.Content.Headers.ContentLength is { } length && length != remote.Bytes - offset)
        {
            throw new TransientHubException(
                HubFault.Corrupt, $"{file.Path}: {remote.Bytes - offset} bytes are missing, the server announces {length}.");
        }

        return offset;
    }

    private async ValueTask<int> ReadAsync(Stream source, byte[] block, CatalogueFile file, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await source.ReadAsync(block.AsMemory(0, BlockBytes), either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientHubException(
                HubFault.Unreachable, $"{file.Path}: no byte arrived for {options.StallTimeout.TotalSeconds:0} s.", null, e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new TransientHubException(HubFault.Unreachable, $"{file.Path}: the connection broke: {e.Message}", null, e);
        }
    }

    private static async ValueTask WriteAsync(FileStream target, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await target.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e)
        {
            throw new HubException(HubFault.Disk, $"Cannot write {target.Name}: {e.Message} Free space or set HF_HUB_CACHE to another disk.", e);
        }
    }
}
