namespace CsmAgent.Models.Hub;

/// <summary>A file that is in the cache.</summary>
/// <param name="File">Path inside the repository.</param>
/// <param name="Path">Path on disk.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Lower-case hex of its content; null when it was there already and was not read again.</param>
/// <param name="CheckedAgainst">What the content was compared with.</param>
public sealed record PulledFile(string File, string Path, long Bytes, string? Sha256, HashSource CheckedAgainst);

/// <summary>Where an expected hash came from, strongest first.</summary>
public enum HashSource
{
    /// <summary>The catalogue in this program.</summary>
    Catalogue,

    /// <summary>The first pull on this machine.</summary>
    FirstPull,

    /// <summary>The hub's own name for the content, so a lying hub would go unnoticed.</summary>
    Hub,

    /// <summary>Present in the cache; its content was not read.</summary>
    NotRead,
}
