using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace CsmAgent.Models.Hub;

/// <summary>The models this program knows, where they are published, and the hub they come from (<c>config/models.json</c>).</summary>
/// <param name="Endpoint">The hub's address unless <c>HF_ENDPOINT</c> names another.</param>
/// <param name="Mirrors">Addresses tried in this order when the endpoint cannot be reached; they never receive a token.</param>
/// <param name="Models">The models, names unique.</param>
public sealed partial record ModelCatalogue(Uri Endpoint, IReadOnlyList<Uri> Mirrors, IReadOnlyList<CatalogueModel> Models)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>The catalogue built into this assembly.</summary>
    public static ModelCatalogue Embedded()
    {
        using var stream = typeof(ModelCatalogue).Assembly.GetManifestResourceStream("models.json")
            ?? throw new InvalidOperationException("models.json is not embedded in CsmAgent.Models.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), "config/models.json");
    }

    /// <summary>Reads a catalogue.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What to call it in errors.</param>
    /// <exception cref="HubException">It is not valid; the message names the entry and the field.</exception>
    public static ModelCatalogue Parse(string json, string source)
    {
        ModelCatalogue catalogue;
        try
        {
            catalogue = JsonSerializer.Deserialize<ModelCatalogue>(json, Json)
                ?? throw Fault(source, "the file holds null instead of an object");
        }
        catch (JsonException e)
        {
            throw Fault(source, e.Message);
        }

        foreach (var address in catalogue.Mirrors.Prepend(catalogue.Endpoint))
        {
            if (address is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            {
                throw Fault(source, $"'{address}' is no http or https address");
            }
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var model in catalogue.Models)
        {
            Check(model ?? throw Fault(source, "a model is null"), source);
            if (!names.Add(model.Name))
            {
                throw Fault(source, $"the model name '{model.Name}' appears twice");
            }
        }

        return catalogue;
    }

    /// <summary>Finds a model by its name, ignoring case.</summary>
    /// <exception cref="HubException">There is none; the message lists the names.</exception>
    public CatalogueModel Find(string name) =>
        Models.FirstOrDefault(model => model.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new HubException(
            HubFault.Catalogue,
            $"No model is called '{name}'. The catalogue has: {string.Join(", ", Models.Select(model => model.Name))}.");

    private static void Check(CatalogueModel model, string source)
    {
        if (!RepositoryPattern().IsMatch(model.Repository))
        {
            throw Fault(source, $"model '{model.Name}': repository '{model.Repository}' is not owner/name");
        }

        if (!RevisionPattern().IsMatch(model.Revision) || model.Revision.Contains("..", StringComparison.Ordinal))
        {
            throw Fault(source, $"model '{model.Name}': revision '{model.Revision}' is neither a commit nor a branch name");
        }

        if (model.Files.Count == 0)
        {
            throw Fault(source, $"model '{model.Name}' has no files");
        }

        foreach (var file in model.Files)
        {
            if (file is null)
            {
                throw Fault(source, $"model '{model.Name}' has a file that is null");
            }

            var parts = file.Path.Split('/');
            if (!PathPattern().IsMatch(file.Path) || parts.Any(part => part is "" or "." or ".."))
            {
                throw Fault(source, $"model '{model.Name}': path '{file.Path}' is not a plain relative path");
            }

            if (file.Bytes < 0)
            {
                throw Fault(source, $"model '{model.Name}': {file.Path} has {file.Bytes} bytes");
            }

            if (file.Sha256 is not null && !Sha256Pattern().IsMatch(file.Sha256))
            {
                throw Fault(source, $"model '{model.Name}': sha256 of {file.Path} is not 64 lower-case hex digits");
            }
        }
    }

    private static HubException Fault(string source, string what) =>
        new(HubFault.Catalogue, $"The model catalogue {source} is not valid: {what}.");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}\z")]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}\z")]
    private static partial Regex RevisionPattern();

    [GeneratedRegex(@"^[A-Za-z0-9._@/ -]{1,255}\z")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Sha256Pattern();
}
