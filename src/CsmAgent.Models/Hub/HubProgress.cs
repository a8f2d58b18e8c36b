namespace CsmAgent.Models.Hub;

/// <summary>What a pull is doing now.</summary>
/// <param name="File">Path of the file inside its repository.</param>
/// <param name="Stage">The step.</param>
/// <param name="BytesDone">Bytes on disk or checked so far.</param>
/// <param name="BytesTotal">Bytes of the whole file.</param>
/// <param name="Note">Why it waits or tries again; null otherwise.</param>
public sealed record HubProgress(string File, HubStage Stage, long BytesDone, long BytesTotal, string? Note = null);

/// <summary>The steps of a pull.</summary>
public enum HubStage
{
    /// <summary>Another process is fetching the same file.</summary>
    WaitingForLock,

    /// <summary>Bytes are arriving.</summary>
    Downloading,

    /// <summary>The connection broke or the server asked to wait.</summary>
    Retrying,

    /// <summary>The hash is being computed.</summary>
    Verifying,

    /// <summary>The file is in the cache.</summary>
    Done,
}
