using System.Text.Json;
using System.Threading.Channels;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Replay;

/// <summary><c>turns.jsonl</c>: everything the turn machine was told, the policy it had, and a hash of everything it did, so that the
/// conversation can be replayed and proved equal. Runs of ticks are one line.</summary>
internal sealed class TurnLog : IAsyncDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "turns.jsonl";

    private readonly Channel<TurnEvent> _events = Channel.CreateBounded<TurnEvent>(8192);
    private readonly TurnTrace _trace = new();
    private readonly Task _writing;
    private long _lost;

    public TurnLog(string folder, TurnPolicySource policy, Action<string> trouble) =>
        _writing = WriteAsync(Path.Combine(folder, FileName), policy, trouble);

    /// <summary>Notes a step of the machine; one thread.</summary>
    public void Write(TurnEvent e, TurnStep step)
    {
        _trace.Add(step);
        if (!_events.Writer.TryWrite(e))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAsync(string path, TurnPolicySource policy, Action<string> trouble)
    {
        try
        {
            await using var writer = new StreamWriter(path, append: false) { NewLine = "\n" };
            await writer.WriteLineAsync(JsonSerializer.Serialize(policy)).ConfigureAwait(false);
            var ticks = TickRun.None;
            await foreach (var e in _events.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                if (e is Tick tick && ticks.TryAdd(tick.At, out var longer))
                {
                    ticks = longer;
                    continue;
                }

                await WriteAsync(writer, ticks).ConfigureAwait(false);
                ticks = e is Tick first ? new TickRun(1, first.At, 0) : TickRun.None;
                if (e is not Tick)
                {
                    await writer.WriteLineAsync(JsonSerializer.Serialize(e)).ConfigureAwait(false);
                }
            }

            await WriteAsync(writer, ticks).ConfigureAwait(false);
            await writer.WriteLineAsync(JsonSerializer.Serialize(new TurnLogEnd(_trace.Steps, _trace.Hash(), Interlocked.Read(ref _lost)))).ConfigureAwait(false);
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

    private static Task WriteAsync(StreamWriter writer, TickRun ticks) =>
        ticks.Ticks == 0 ? Task.CompletedTask : writer.WriteLineAsync(JsonSerializer.Serialize(ticks));
}
