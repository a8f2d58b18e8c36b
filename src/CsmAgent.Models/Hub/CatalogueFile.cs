namespace CsmAgent.Models.Hub;

/// <summary>One file of a published model.</summary>
/// <param name="Path">Path inside the repository, with forward slashes.</param>
/// <param name="Bytes">Exact size where it is known, at least 0; otherwise the hub's answer decides.</param>
/// <param name="Sha256">Lower-case hex of the content where it is known; otherwise it is recorded on the first pull.</param>
public sealed record CatalogueFile(string Path, long? Bytes = null, string? Sha256 = null);
