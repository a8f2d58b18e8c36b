using System.CommandLine;
using CsmAgent.Models.Hub;

namespace CsmAgent.Cli.Verbs.Models;

/// <summary>The argument that the models verbs share.</summary>
internal static class ModelArguments
{
    public static Argument<string[]> Names() => new("name")
    {
        Description = "Names from 'models list'.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Looks all names up before anything is done, so that a mistyped one costs nothing.</summary>
    public static IReadOnlyList<CatalogueModel> Find(ModelCatalogue catalogue, string[]? names) =>
        [.. (names ?? []).Distinct(StringComparer.OrdinalIgnoreCase).Select(catalogue.Find)];
}
