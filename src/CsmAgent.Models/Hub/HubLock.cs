namespace CsmAgent.Models.Hub;

/// <summary>An exclusive lock between processes, by a file that is never deleted (deleting would race with a waiter).</summary>
public sealed class HubLock : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private readonly FileStream _file;

    private HubLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free and takes it.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="time">The clock of the waiting.</param>
    /// <param name="waiting">Called once when the lock is held by somebody else.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HubException">The folder is not writable.</exception>
    public static async Task<HubLock> TakeAsync(string path, TimeProvider time, Action? waiting, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }

        while (true)
        {
            try
            {
                return new HubLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (UnauthorizedAccessException e)
            {
                throw NotWritable(path, e);
            }
            catch (IOException)
            {
                waiting?.Invoke();
                waiting = null;
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static HubException NotWritable(string path, Exception e) =>
        new(HubFault.Disk, $"The model cache is not writable: {path}: {e.Message} Set HF_HUB_CACHE or HF_HOME to a folder of yours.", e);
}
