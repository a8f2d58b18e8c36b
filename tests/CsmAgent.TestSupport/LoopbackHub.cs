using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace CsmAgent.TestSupport;

/// <summary>A hub on the loopback interface that can be told to misbehave, byte for byte.</summary>
public sealed class LoopbackHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<string> log = [];
    private bool stopped;

    public LoopbackHub()
    {
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    /// <summary>One request as the server saw it.</summary>
    public sealed record Request(string Method, string Path, IReadOnlyDictionary<string, string> Headers, int Number)
    {
        public long Offset => Headers.TryGetValue("range", out var range)
            ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
            : 0;
    }

    /// <summary>Stays valid after the hub is gone.</summary>
    public Uri Address { get; }

    public byte[] Content { get; set; } = [];

    /// <summary>Answers a request instead of the well-behaved default; false lets the default answer.</summary>
    public Func<Request, Stream, Task<bool>> Fault { get; set; } = (_, _) => Task.FromResult(false);

    public IReadOnlyList<string> Log
    {
        get
        {
            lock (log)
            {
                return [.. log];
            }
        }
    }

    public int Gets => Log.Count(line => line.StartsWith("GET", StringComparison.Ordinal));

    public static string ETag(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static Task WriteAsync(Stream stream, string head, ReadOnlyMemory<byte> body = default) =>
        stream.WriteAsync(new[] { Encoding.ASCII.GetBytes(head.ReplaceLineEndings("\r\n") + "\r\n\r\n"), body.ToArray() }.SelectMany(x => x).ToArray()).AsTask();

    /// <summary>The headers by which a hub names content.</summary>
    public static string Names(byte[] content) =>
        $"X-Repo-Commit: {Commit}\nX-Linked-Etag: \"{ETag(content)}\"\nX-Linked-Size: {content.Length}\nConnection: close";

    public void Dispose()
    {
        listener.Stop();
        if (!stopped)
        {
            stopped = true;
            stop.Cancel();
            stop.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        var number = 0;
        while (!stop.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync(stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(client, number++);
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var request = await ReadAsync(stream, number);
                lock (log)
                {
                    log.Add($"{request.Method} {request.Path} offset={request.Offset} token={request.Headers.GetValueOrDefault("authorization")}");
                }

                if (!await Fault(request, stream))
                {
                    await AnswerAsync(request, stream);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task AnswerAsync(Request request, Stream stream)
    {
        var content = Content;
        if (request.Method == "HEAD")
        {
            await WriteAsync(stream, $"HTTP/1.1 200 OK\n{Names(content)}\nContent-Length: {content.Length}");
            return;
        }

        var offset = (int)request.Offset;
        var head = offset > 0
            ? $"HTTP/1.1 206 Partial Content\nContent-Range: bytes {offset}-{content.Length - 1}/{content.Length}"
            : "HTTP/1.1 200 OK";
        await WriteAsync(stream, $"{head}\n{Names(content)}\nContent-Length: {content.Length - offset}", content.AsMemory(offset));
    }

    private static async Task<Request> ReadAsync(Stream stream, int number)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (bytes.Count < 4 || Encoding.ASCII.GetString([.. bytes[^4..]]) != "\r\n\r\n")
        {
            if (await stream.ReadAsync(one) == 0)
            {
                throw new IOException("The client hung up.");
            }

            bytes.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]);
        return new Request(first[0], first[1], headers, number);
    }
}
