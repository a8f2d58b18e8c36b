using System.Text.Json;
using System.Threading.Channels;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Replay;

/// <summary><c>turns.jsonl</c>: everything the turn machine was told, so that the conversation can be replayed exactly. Runs of ticks
/// are one line.</summary>
internal sealed class TurnLog : IAsyncDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "turns.jsonl";

    private readonly Channel<TurnEvent> _events = Channel.CreateBounded<TurnEvent>(8192);
    private readonly Task _writing;

    public TurnLog(string folder, Action<string> trouble) => _writing = WriteAsync(Path.Combine(folder, FileName), trouble);

    public void Write(TurnEvent e) => _events.Writer.TryWrite(e);

    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    /// <summary>Reads a log back, ticks and all.</summary>
    public static IEnumerable<TurnEvent> Read(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith("{\"ticks\":", StringComparison.Ordinal))
            {
                var run = JsonSerializer.Deserialize<TickRun>(line)!;
                for (var i = 0; i < run.ticks; i++)
                {
                    yield return new Tick(run.from + (i * run.step));
                }
            }
            else
            {
                yield return JsonSerializer.Deserialize<TurnEvent>(line)!;
            }
        }
    }

    private async Task WriteAsync(string path, Action<string> trouble)
    {
        try
        {
            await using var writer = new StreamWriter(path, append: false) { NewLine = "\n" };
            var run = new TickRun(0, 0, 0);
            await foreach (var e in _events.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                if (e is Tick tick && run.TryAdd(tick.At, out var longer))
                {
                    run = longer;
                    continue;
                }

                await FlushAsync(writer, run).ConfigureAwait(false);
                run = new TickRun(0, 0, 0);
                if (e is Tick first)
                {
                    run = new TickRun(1, first.At, 0);
                }
                else
                {
                    await writer.WriteLineAsync(JsonSerializer.Serialize(e)).ConfigureAwait(false);
                }
            }

            await FlushAsync(writer, run).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            trouble($"The replay log {path} stopped: {failure.Message} The conversation goes on without it.");
            await foreach (var _ in _events.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                // Let go of the rest.
            }
        }
    }

    private static Task FlushAsync(StreamWriter writer, TickRun run) =>
        run.ticks == 0 ? Task.CompletedTask : writer.WriteLineAsync(JsonSerializer.Serialize(run));

#pragma warning disable IDE1006 // the names of the line's fields
    private sealed record TickRun(int ticks, long from, long step)
    {
        public bool TryAdd(long at, out TickRun longer)
        {
            longer = this with { ticks = ticks + 1, step = ticks == 1 ? at - from : step };
            return ticks > 0 && at > from && (ticks == 1 || at == from + (ticks * step));
        }
    }
#pragma warning restore IDE1006
}
