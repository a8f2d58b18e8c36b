namespace CsmAgent.Models.Hub;

/// <summary>What the hub says about a file before it is fetched.</summary>
/// <param name="Endpoint">Who said it.</param>
/// <param name="Commit">The commit the revision stands for, 40 hex digits.</param>
/// <param name="ETag">The content's name: SHA-256 (64 hex) for large files, git's SHA-1 (40 hex) for small ones.</param>
/// <param name="Bytes">The size.</param>
internal sealed record RemoteFile(Uri Endpoint, string Commit, string ETag, long Bytes);
