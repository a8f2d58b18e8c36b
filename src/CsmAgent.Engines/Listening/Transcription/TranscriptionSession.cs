using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.Audio.Resampling;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Listening.Transcription;

/// <summary>One conversation's buffer of what is to be transcribed.</summary>
internal sealed class TranscriptionSession(HttpClient http, TranscriptionEndpoint endpoint) : IRecognitionSession
{
    // Transcription models hear 16 kHz; more would only be sent in vain.
    private const int SentRateHz = 16_000;
    private const int MostSeconds = 600;
    private readonly List<float> _samples = [];

    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _samples.Clear();
        return ValueTask.CompletedTask;
    }

    public ValueTask<string?> AcceptAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken)
    {
        if (_samples.Count + samples.Length > MostSeconds * AudioFormat.SampleRateHz)
        {
            throw new EngineException($"An utterance of more than {MostSeconds} seconds cannot be transcribed at once. Lower Conversation:Endpointing:MaximumTurnSeconds.");
        }

        foreach (var sample in samples.Span)
        {
            _samples.Add(float.IsNaN(sample) ? 0 : Math.Clamp(sample, -1, 1));
        }

        return ValueTask.FromResult<string?>(null);
    }

    public async ValueTask<Recognition> FinishAsync(CancellationToken cancellationToken)
    {
        if (_samples.Count == 0)
        {
            return new Recognition(string.Empty);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(endpoint.Timeout);
        try
        {
            using var form = new MultipartFormDataContent { { new StringContent(endpoint.Model), "model" }, { new StringContent("json"), "response_format" } };
            var file = new ByteArrayContent(Wave());
            file.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
            form.Add(file, "file", "utterance.wav");
            using var response = await http.PostAsync(endpoint.Address, form, patience.Token);
            var body = await response.Content.ReadAsStringAsync(patience.Token);
            return response.IsSuccessStatusCode ? new Recognition(Text(body)) : throw new EngineException(Explain(response.StatusCode, body));
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EngineException(
                $"The transcription endpoint {endpoint.Address} did not answer within {endpoint.Timeout.TotalSeconds:0.#} seconds. "
                + "Raise Recognizer:TimeoutSeconds, or set Recognizer:Engine to 'pocketsphinx'.", late);
        }
        catch (HttpRequestException down)
        {
            throw new EngineException(
                $"The transcription endpoint {endpoint.Address} cannot be reached: {down.Message} Check Recognizer:Endpoint, or set Recognizer:Engine to 'pocketsphinx'.", down);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private byte[] Wave()
    {
        using var stream = new MemoryStream();
        using (var writer = new WavWriter(stream, "utterance.wav", SentRateHz, 1))
        {
            writer.Write(Resampler.Resample([.. _samples], AudioFormat.SampleRateHz, SentRateHz));
        }

        return stream.ToArray();
    }

    private string Text(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("text", out var text) && text.GetString() is { } said ? said.Trim() : throw new JsonException("no field 'text'");
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new EngineException($"The transcription endpoint {endpoint.Address} answered with something that is no transcription: {Short(body)}", broken);
        }
    }

    private string Explain(HttpStatusCode status, string body) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            $"The transcription endpoint {endpoint.Address} refuses the key ({(int)status}). Check the environment variable that Recognizer:ApiKeyVariable names.",
        HttpStatusCode.NotFound => $"The transcription endpoint {endpoint.Address} knows no model '{endpoint.Model}' (404). Check Recognizer:Model and Recognizer:Endpoint.",
        _ => $"The transcription endpoint {endpoint.Address} answered with an error ({(int)status}): {Short(body)}",
    };

    private static string Short(string body) => body.Length <= 200 ? body : body[..200] + "…";
}
