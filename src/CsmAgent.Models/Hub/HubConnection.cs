using System.Net;
using System.Net.Http.Headers;

namespace CsmAgent.Models.Hub;

/// <summary>Sends requests to one hub and turns every refusal into a message a person can act on.</summary>
/// <remarks>Redirects are followed by hand: the token stays with its origin, and the headers that name the content are
/// on the hub's own answer, not on the storage server's.</remarks>
internal sealed class HubConnection(HubOptions options, TimeProvider time) : IDisposable
{
    private const int MaxRedirects = 8;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        UseCookies = false,
    });

    /// <summary>Asks what a file is.</summary>
    public async Task<RemoteFile> DescribeAsync(Uri endpoint, CatalogueModel model, CatalogueFile file, CancellationToken cancellationToken)
    {
        var uri = Address(endpoint, model, model.Revision, file.Path);
        for (var hop = 0; hop < MaxRedirects; hop++)
        {
            using var response = await SendAsync(HttpMethod.Head, uri, endpoint, null, cancellationToken);
            var answer = HubAnswer.Of(response);
            if (answer.IsRedirect && answer.Commit is null)
            {
                uri = Follow(uri, response);
                continue;
            }

            if (!answer.IsRedirect)
            {
                ThrowUnlessSuccess(response, endpoint, model, file);
            }

            return answer.Describe(endpoint, model, file);
        }

        throw TooManyRedirects(model, file);
    }

    /// <summary>Opens the content from <paramref name="offset"/> on. The caller disposes the answer.</summary>
    /// <exception cref="FileChangedException">The hub now names other content.</exception>
    public async Task<HttpResponseMessage> OpenAsync(
        RemoteFile remote, CatalogueModel model, CatalogueFile file, long offset, CancellationToken cancellationToken)
    {
        var uri = Address(remote.Endpoint, model, remote.Commit, file.Path);
        for (var hop = 0; hop < MaxRedirects; hop++)
        {
            var response = await SendAsync(HttpMethod.Get, uri, remote.Endpoint, offset, cancellationToken);
            try
            {
                var answer = HubAnswer.Of(response);
                if (hop == 0 && answer.Commit is not null && answer.ETag is not null && answer.ETag != remote.ETag)
                {
                    throw new FileChangedException();
                }

                if (answer.IsRedirect)
                {
                    uri = Follow(uri, response);
                    response.Dispose();
                    continue;
                }

                if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
                {
                    ThrowUnlessSuccess(response, remote.Endpoint, model, file);
                }

                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }

        throw TooManyRedirects(model, file);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static Uri Address(Uri endpoint, CatalogueModel model, string revision, string path) =>
        new($"{endpoint.AbsoluteUri.TrimEnd('/')}/{model.Repository}/resolve/{Uri.EscapeDataString(revision)}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    private static Uri Follow(Uri from, HttpResponseMessage response)
    {
        var location = response.Headers.Location
            ?? throw new TransientHubException(HubFault.Unreachable, $"{from.Host} redirects without saying where.");
        var to = location.IsAbsoluteUri ? location : new Uri(from, location);
        return (from.Scheme, to.Scheme) is ("https", "https") or ("http", "http" or "https")
            ? to
            : throw new HubException(HubFault.Unreachable, $"{from.Host} redirects from {from.Scheme} to {to.Scheme}, which is refused.");
    }

    private static HubException TooManyRedirects(CatalogueModel model, CatalogueFile file) =>
        new(HubFault.Unreachable, $"{model.Repository}/{file.Path}: more than {MaxRedirects} redirects.");

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri uri, Uri endpoint, long? offset, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, uri);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("csm-agent", "0.1"));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        var tokenBelongsHere = options.Token is not null && endpoint == options.Endpoints[0] && SameOrigin(uri, endpoint);
        if (tokenBelongsHere)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        }

        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        using var patience = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await _http.SendAsync(request, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientHubException(
                HubFault.Unreachable, $"{uri.Authority} did not answer within {options.StallTimeout.TotalSeconds:0} s.", null, e);
        }
        catch (HttpRequestException e)
        {
            throw new TransientHubException(HubFault.Unreachable, $"{uri.Authority} cannot be reached: {e.Message}", null, e);
        }
    }

    private static bool SameOrigin(Uri a, Uri b) => a.Scheme == b.Scheme && a.Authority == b.Authority;

    private void ThrowUnlessSuccess(HttpResponseMessage response, Uri endpoint, CatalogueModel model, CatalogueFile file)
    {
        var what = $"{model.Repository}/{file.Path}";
        var page = $"{endpoint.AbsoluteUri.TrimEnd('/')}/{model.Repository}";
        var code = response.Headers.TryGetValues("X-Error-Code", out var values) ? values.First() : null;
        switch ((int)response.StatusCode)
        {
            case >= 200 and < 300:
                return;
            case 401 when options.Token is null:
                throw new HubException(HubFault.Unauthorized, model.Gated || code == "GatedRepo"
                    ? $"{what} needs a token (401): {model.Repository} is gated. Sign in at {page}, accept its terms, make a read token in your account's settings and set HF_TOKEN."
                    : $"{what} asks for a token (401) although the catalogue lists it as open: it was made private, or its name changed. Set HF_TOKEN if you have access.");
            case 401:
                throw new HubException(HubFault.Unauthorized, $"{what}: the hub does not accept this token (401). Make a new read token and set HF_TOKEN.");
            case 403:
                throw new HubException(HubFault.Gated, model.Gated || code == "GatedRepo"
                    ? $"{what} is refused (403): this token's account has not accepted the terms of {model.Repository}. Accept them at {page} (some publishers approve by hand) and pull again. A fine-grained token also needs read access to gated repositories."
                    : $"{what} is refused (403): this token may not read {model.Repository}.");
            case 404:
                throw new HubException(HubFault.NotFound, $"{what} does not exist at revision {model.Revision} (404{(code is null ? "" : ", " + code)}). Check the catalogue entry '{model.Name}'.");
            case 429:
                throw Wait(response, HubFault.RateLimited, $"{what}: too many requests (429).");
            case 408 or >= 500:
                throw Wait(response, HubFault.Unreachable, $"{what}: the server failed ({(int)response.StatusCode}).");
            default:
                throw new HubException(HubFault.Unreachable, $"{what}: unexpected answer {(int)response.StatusCode} {response.ReasonPhrase} from {endpoint.Authority}.");
        }
    }

    private Exception Wait(HttpResponseMessage response, HubFault fault, string message)
    {
        var after = response.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait > options.MaxRetryAfter
            ? new HubException(fault, $"{message} The server asks to wait {wait.Value.TotalMinutes:0} minutes; pull again after that, what has arrived is kept.")
            : new TransientHubException(fault, message, wait is null ? null : TimeSpan.FromTicks(Math.Max(0, wait.Value.Ticks)));
    }
}
