using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CsmAgent.TestSupport;

/// <summary>An HTTP server on this machine that answers as a test says. Requests are kept.</summary>
public sealed class FakeHttpServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, HttpListenerResponse, Task> _answer;

    /// <summary>Starts it.</summary>
    /// <param name="answer">Gets the request's body and fills the response.</param>
    public FakeHttpServer(Func<string, HttpListenerResponse, Task> answer)
    {
        _answer = answer;
        var port = FreePort();
        Address = new Uri($"http://127.0.0.1:{port}/v1");
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>The base address, ending in <c>/v1</c>.</summary>
    public Uri Address { get; }

    /// <summary>Path, authorisation and body of each request.</summary>
    public ConcurrentQueue<(string Path, string? Authorization, string Body)> Requests { get; } = [];

    /// <summary>An address on which nobody listens.</summary>
    public static Uri Nobody => new($"http://127.0.0.1:{FreePort()}/v1");

    /// <summary>Answers with a text.</summary>
    public static async Task WriteAsync(HttpListenerResponse response, string text, string contentType = "application/json", int status = 200)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
        response.Close();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream, Encoding.Latin1);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue((context.Request.Url!.AbsolutePath, context.Request.Headers["Authorization"], body));
        try
        {
            await _answer(body, context.Response);
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or IOException)
        {
            // The client gave up: that is what some tests are about.
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
