namespace CsmAgent.Models.Hub;

/// <summary>One model of the catalogue: files of one repository at one revision.</summary>
/// <param name="Name">The name used on the command line.</param>
/// <param name="Description">One line for people.</param>
/// <param name="Repository">Owner and name, for example <c>kyutai/mimi</c>.</param>
/// <param name="Revision">A commit (40 hex digits) or a branch.</param>
/// <param name="Licence">The licence as its publisher names it.</param>
/// <param name="Gated">True when the publisher's terms must be accepted first, which needs a token.</param>
/// <param name="Files">The files, at least one.</param>
public sealed record CatalogueModel(
    string Name,
    string Description,
    string Repository,
    string Revision,
    string Licence,
    bool Gated,
    IReadOnlyList<CatalogueFile> Files)
{
    /// <summary>Sum of the known sizes, and whether every size is known.</summary>
    public (long Bytes, bool IsExact) KnownSize =>
        (Files.Sum(file => file.Bytes ?? 0), Files.All(file => file.Bytes is not null));
}
