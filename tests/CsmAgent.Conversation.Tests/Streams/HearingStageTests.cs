using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using CsmAgent.Conversation.Hosting;
using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Streams;

namespace CsmAgent.Conversation.Tests.Streams;

public sealed class HearingStageTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ActorSystem _system = ActorSystem.Create("hearing", ConversationHocon.Load());
    private readonly WatchedEar _ear = new();
    private ActorMaterializer _streams = null!;

    public Task InitializeAsync()
    {
        _streams = _system.Materializer();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task Every_block_comes_out_once_and_in_order_and_the_end_goes_through()
    {
        var heard = await Source.From(Enumerable.Range(0, 100)).Select(Block).Hear(() => _ear, () => 1)
            .RunWith(Sink.Seq<Heard>(), _streams).WaitAsync(Limit);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => i * 240L), heard.Select(h => h.Block.Start));
        await _ear.Disposed.WaitAsync(Limit);
    }

    [Fact]
    public async Task Cancelled_downstream_it_takes_no_more_and_lets_go_of_the_ear()
    {
        var taken = 0;

        var heard = await Source.From(Enumerable.Range(0, 100)).Select(i =>
        {
            taken++;
            return Block(i);
        }).Hear(() => _ear, () => 1).Take(5).RunWith(Sink.Seq<Heard>(), _streams).WaitAsync(Limit);

        await _ear.Disposed.WaitAsync(Limit);
        Assert.Equal((5, 5), (heard.Count, taken));
    }

    [Fact]
    public async Task An_ear_that_fails_fails_the_stream_and_is_disposed()
    {
        _ear.FailAt = 3;

        var run = Source.From(Enumerable.Range(0, 100)).Select(Block).Hear(() => _ear, () => 1).RunWith(Sink.Seq<Heard>(), _streams);

        Assert.Equal("deaf", (await Assert.ThrowsAnyAsync<Exception>(() => run.WaitAsync(Limit))).GetBaseException().Message);
        await _ear.Disposed.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_failing_device_fails_the_stream_and_disposes_the_ear()
    {
        var run = Source.From(Enumerable.Range(0, 100)).Select(i => i == 5 ? throw new IOException("gone") : Block(i))
            .Hear(() => _ear, () => 1).RunWith(Sink.Seq<Heard>(), _streams);

        await Assert.ThrowsAnyAsync<Exception>(() => run.WaitAsync(Limit));
        await _ear.Disposed.WaitAsync(Limit);
    }

    private static CapturedBlock Block(int number) => new(new float[240], new float[240], number * 240L, default, default);

    private sealed class WatchedEar : IEar
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _heard;

        public int FailAt { get; set; } = -1;

        public Task Disposed => _disposed.Task;

        public EarBlock Hear(ReadOnlySpan<float> captured, ReadOnlySpan<float> played, Span<float> clean) =>
            _heard++ == FailAt ? throw new InvalidOperationException("deaf") : default;

        public void Dispose() => _disposed.TrySetResult();
    }
}
