using System.Net.Http.Headers;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Listening.Transcription;

/// <summary>Any OpenAI-compatible transcription endpoint. The whole utterance is sent when it ends, so there are no partial texts.</summary>
public sealed class TranscriptionRecognizer : ISpeechRecognizer, IDisposable
{
    private readonly HttpClient _http;
    private readonly TranscriptionEndpoint _endpoint;

    /// <summary>Prepares the client; nothing is sent before the first utterance.</summary>
    /// <param name="endpoint">The base address, such as <c>http://localhost:8000/v1</c>.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="key">The key; null sends none.</param>
    /// <param name="timeout">The longest wait for a transcription.</param>
    public TranscriptionRecognizer(Uri endpoint, string model, string? key, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        _endpoint = new TranscriptionEndpoint(new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/audio/transcriptions"), model, timeout);
        _http = new HttpClient { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
    }

    /// <inheritdoc/>
    public string Name => $"{_endpoint.Model} at {_endpoint.Address.Host}";

    /// <inheritdoc/>
    public ValueTask<IRecognitionSession> OpenAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IRecognitionSession>(new TranscriptionSession(_http, _endpoint));

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
