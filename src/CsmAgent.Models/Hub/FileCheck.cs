namespace CsmAgent.Models.Hub;

/// <summary>The result of checking one cached file.</summary>
/// <param name="File">Path inside the repository.</param>
/// <param name="Verdict">What was found.</param>
/// <param name="Detail">Sizes or hashes, expected and found; the source of the expected hash when good.</param>
public sealed record FileCheck(string File, FileVerdict Verdict, string Detail);

/// <summary>What a check can find.</summary>
public enum FileVerdict
{
    /// <summary>Size and hash are right.</summary>
    Good,

    /// <summary>Not in the cache.</summary>
    Missing,

    /// <summary>The size differs from the catalogue's.</summary>
    WrongSize,

    /// <summary>The content differs.</summary>
    WrongHash,

    /// <summary>In the cache, but no hash is known to compare with: another program fetched it.</summary>
    Unknown,
}
