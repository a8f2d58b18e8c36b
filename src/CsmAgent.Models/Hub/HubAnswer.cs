using System.Text.RegularExpressions;

namespace CsmAgent.Models.Hub;

/// <summary>The headers by which a hub names content.</summary>
/// <param name="IsRedirect">True for 301, 302, 303, 307 and 308.</param>
/// <param name="Commit">The commit, or null when the answer is not a hub's.</param>
/// <param name="ETag">The content's name without quotes, or null.</param>
/// <param name="Bytes">The content's size, or null.</param>
internal sealed partial record HubAnswer(bool IsRedirect, string? Commit, string? ETag, long? Bytes)
{
    /// <summary>Reads an answer's headers.</summary>
    public static HubAnswer Of(HttpResponseMessage response)
    {
        string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;
        var redirect = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;
        var etag = (Header("X-Linked-Etag") ?? Header("ETag"))?.Trim();
        etag = etag?.StartsWith("W/", StringComparison.Ordinal) == true ? etag[2..] : etag;
        var linkedSize = long.TryParse(Header("X-Linked-Size"), out var size) ? size : (long?)null;
        return new HubAnswer(
            redirect, Header("X-Repo-Commit"), etag?.Trim('"'), linkedSize ?? (redirect ? null : response.Content.Headers.ContentLength));
    }

    /// <summary>Checks what a HEAD answer says; names from a server become file names only if they look like hashes.</summary>
    public RemoteFile Describe(Uri endpoint, CatalogueModel model, CatalogueFile file)
    {
        var what = $"{model.Repository}/{file.Path}";
        if (Commit is null || !HubCache.IsCommit(Commit))
        {
            throw new HubException(HubFault.Unreachable, $"{what}: {endpoint.Authority} does not answer like a model hub (no X-Repo-Commit). Check HF_ENDPOINT and proxies.");
        }

        if (HubCache.IsCommit(model.Revision) && Commit != model.Revision)
        {
            throw new HubException(HubFault.Corrupt, $"{what}: asked for commit {model.Revision}, the hub answers with {Commit}.");
        }

        if (ETag is null || !ETagPattern().IsMatch(ETag))
        {
            throw new HubException(HubFault.Unreachable, $"{what}: the content's name '{ETag}' from {endpoint.Authority} is not a hash.");
        }

        var bytes = Bytes ?? file.Bytes
            ?? throw new HubException(HubFault.Unreachable, $"{what}: {endpoint.Authority} does not say how large the file is.");
        if (file.Bytes is { } expected && bytes != expected)
        {
            throw new HubException(HubFault.Corrupt, $"{what}: the hub says {bytes} bytes, the catalogue says {expected}. Do not use it; report the difference.");
        }

        return new RemoteFile(endpoint, Commit, ETag, bytes);
    }

    [GeneratedRegex(@"^[0-9a-f]{40}([0-9a-f]{24})?\z")]
    private static partial Regex ETagPattern();
}
