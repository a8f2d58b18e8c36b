using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Listening.Transcription;
using CsmAgent.TestSupport;

namespace CsmAgent.Engines.Tests.Listening;

public sealed class TranscriptionRecognizerTests
{
    [Fact]
    public async Task The_utterance_is_sent_as_a_sound_file_and_its_text_comes_back()
    {
        using var server = new FakeHttpServer((_, response) => FakeHttpServer.WriteAsync(response, """{"text":" Go forward ten meters. "}"""));

        var heard = await RecognizeAsync(server.Address, Speech.Read("goforward.wav"));

        Assert.Equal("Go forward ten meters.", heard.Text);
        var (path, authorization, body) = Assert.Single(server.Requests);
        Assert.Equal("/v1/audio/transcriptions", path);
        Assert.Equal("Bearer secret", authorization);
        Assert.Contains("whisper-tiny", body, StringComparison.Ordinal);
        Assert.Contains("RIFF", body, StringComparison.Ordinal);
        Assert.InRange(body.Length, 2.7 * 32000, 2.9 * 32000);
    }

    [Fact]
    public async Task Silence_of_no_length_asks_nobody()
    {
        using var server = new FakeHttpServer((_, response) => FakeHttpServer.WriteAsync(response, "{}"));

        Assert.Equal(string.Empty, (await RecognizeAsync(server.Address, [])).Text);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(401, "no", "refuses the key")]
    [InlineData(404, "no", "knows no model 'whisper-tiny'")]
    [InlineData(500, "boom", "(500): boom")]
    [InlineData(200, "<html>", "no transcription")]
    [InlineData(200, """{"other":1}""", "no transcription")]
    public async Task An_answer_that_is_no_text_says_what_to_do(int status, string body, string message)
    {
        using var server = new FakeHttpServer((_, response) => FakeHttpServer.WriteAsync(response, body, status: status));

        Assert.Contains(message, (await Assert.ThrowsAsync<EngineException>(() => RecognizeAsync(server.Address, new float[4800]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_down_is_named()
    {
        var nobody = FakeHttpServer.Nobody;

        Assert.Contains("cannot be reached", (await Assert.ThrowsAsync<EngineException>(() => RecognizeAsync(nobody, new float[4800]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_slow_is_given_up()
    {
        using var done = new SemaphoreSlim(0);
        using var server = new FakeHttpServer((_, _) => done.WaitAsync());

        var fault = await Assert.ThrowsAsync<EngineException>(() => RecognizeAsync(server.Address, new float[4800], TimeSpan.FromMilliseconds(200)));
        done.Release();

        Assert.Contains("did not answer within 0.2 seconds", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<Recognition> RecognizeAsync(Uri endpoint, float[] samples, TimeSpan? timeout = null)
    {
        using var recognizer = new TranscriptionRecognizer(endpoint, "whisper-tiny", "secret", timeout ?? TimeSpan.FromSeconds(60));
        await using var session = await recognizer.OpenAsync(CancellationToken.None);
        return await Speech.RecognizeAsync(session, samples);
    }
}
