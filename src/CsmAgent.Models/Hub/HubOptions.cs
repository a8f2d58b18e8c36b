namespace CsmAgent.Models.Hub;

/// <summary>Where models come from and where they are kept; the same variables as other programs that share the cache.</summary>
/// <param name="Endpoints">The hub first, then mirrors in the order they are tried; at least one.</param>
/// <param name="CacheFolder">The folder that holds <c>models--owner--name</c> folders.</param>
/// <param name="Token">Sent to the first endpoint only; null for none.</param>
/// <param name="Offline">True forbids every connection.</param>
public sealed record HubOptions(IReadOnlyList<Uri> Endpoints, string CacheFolder, string? Token = null, bool Offline = false)
{
    /// <summary>A connection that is silent for this long is broken and resumed; more than 0, default 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts in a row that bring no byte before giving up on an endpoint; at least 1, default 6.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>The longest wait a server may ask for; default 10 minutes.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Reads <c>HF_ENDPOINT</c>, <c>HF_HUB_CACHE</c>, <c>HF_HOME</c>, <c>XDG_CACHE_HOME</c>, <c>HF_TOKEN</c>,
    /// <c>HF_TOKEN_PATH</c>, <c>HF_HUB_OFFLINE</c> and <c>CSM_AGENT_HUB_MIRRORS</c> (addresses with commas between).</summary>
    /// <param name="catalogue">Gives the endpoint and mirrors where no variable does.</param>
    /// <param name="variable">Looks a variable up; null takes the process environment.</param>
    /// <exception cref="HubException">A variable holds something that is not an address.</exception>
    public static HubOptions FromEnvironment(ModelCatalogue catalogue, Func<string, string?>? variable = null)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        variable ??= Environment.GetEnvironmentVariable;
        string? Get(string name) => variable(name) is { } value && value.Trim().Length > 0 ? value.Trim() : null;

        var home = Get("HF_HOME") ?? Path.Combine(
            Get("XDG_CACHE_HOME") ?? Path.Combine(Get("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "huggingface");
        var tokenFile = Get("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        var token = Get("HF_TOKEN") ?? (File.Exists(tokenFile) ? File.ReadAllText(tokenFile).Trim() : null);
        var endpoint = Get("HF_ENDPOINT") is { } address ? Address("HF_ENDPOINT", address) : catalogue.Endpoint;
        var mirrors = Get("CSM_AGENT_HUB_MIRRORS") is { } list
            ? list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(item => Address("CSM_AGENT_HUB_MIRRORS", item))
            : catalogue.Mirrors;
        return new HubOptions(
            [endpoint, .. mirrors],
            Get("HF_HUB_CACHE") ?? Path.Combine(home, "hub"),
            string.IsNullOrEmpty(token) ? null : token,
            Get("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE");
    }

    private static Uri Address(string name, string value) =>
        Uri.TryCreate(value.TrimEnd('/'), UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? uri
            : throw new HubException(HubFault.Catalogue, $"{name} is '{value}'; expected an address that begins with https:// or http://.");
}
