using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Inference;
using CsmAgent.Tensors.Native;

namespace CsmAgent.Engines.Tests.Inference;

public sealed class InferenceOwnerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(80);

    [Fact]
    public async Task Every_step_runs_on_the_same_thread()
    {
        await using var owner = new InferenceOwner("test");

        var threads = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => owner.RunAsync(() => Environment.CurrentManagedThreadId, Soon, CancellationToken.None)));

        Assert.Single(threads.Distinct());
        Assert.NotEqual(Environment.CurrentManagedThreadId, threads[0]);
    }

    [Fact]
    public async Task The_earliest_deadline_runs_first()
    {
        await using var owner = new InferenceOwner("test");
        using var blocked = new SemaphoreSlim(0);
        List<string> order = [];

        var first = owner.RunAsync(() => blocked.Wait(), Soon, CancellationToken.None);
        Task[] waiting =
        [
            owner.RunAsync(() => order.Add("context"), TimeSpan.FromSeconds(2), CancellationToken.None),
            owner.RunAsync(() => order.Add("frame"), TimeSpan.FromSeconds(1), CancellationToken.None),
            owner.RunAsync(() => order.Add("load"), TimeSpan.FromSeconds(60), CancellationToken.None),
        ];
        blocked.Release();
        await Task.WhenAll([first, .. waiting]);

        Assert.Equal(["frame", "context", "load"], order);
    }

    [Fact]
    public async Task An_exception_goes_to_its_caller_and_the_thread_goes_on()
    {
        await using var owner = new InferenceOwner("test");

        await Assert.ThrowsAsync<FormatException>(() => owner.RunAsync<int>(() => throw new FormatException("no"), Soon, CancellationToken.None));

        Assert.Equal(7, await owner.RunAsync(() => 7, Soon, CancellationToken.None));
    }

    [Fact]
    public async Task A_device_without_room_is_an_engines_fault_and_the_thread_goes_on()
    {
        await using var owner = new InferenceOwner("test");

        var fault = await Assert.ThrowsAsync<EngineException>(() => owner.RunAsync<int>(() => throw new DeviceException("'cuda' ran out"), Soon, CancellationToken.None));

        Assert.Equal("'cuda' ran out", fault.Message);
        Assert.Equal(7, await owner.RunAsync(() => 7, Soon, CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_step_never_runs()
    {
        await using var owner = new InferenceOwner("test");
        using var blocked = new SemaphoreSlim(0);
        using var cancelled = new CancellationTokenSource();
        var ran = false;

        var first = owner.RunAsync(() => blocked.Wait(), Soon, CancellationToken.None);
        var second = owner.RunAsync(() => ran = true, Soon, cancelled.Token);
        await cancelled.CancelAsync();
        blocked.Release();
        await first;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(ran);
    }

    [Fact]
    public async Task A_full_queue_makes_callers_wait_and_loses_nothing()
    {
        await using var owner = new InferenceOwner("test", capacity: 2);
        using var blocked = new SemaphoreSlim(0);
        var count = 0;

        var first = owner.RunAsync(() => blocked.Wait(), Soon, CancellationToken.None);
        var others = Enumerable.Range(0, 20).Select(_ => owner.RunAsync(() => count++, Soon, CancellationToken.None)).ToArray();

        Assert.InRange(owner.Waiting, 0, 2);
        blocked.Release();
        await Task.WhenAll([first, .. others]);
        Assert.Equal(20, count);
    }

    [Fact]
    public async Task Disposing_finishes_the_running_step_and_refuses_the_waiting_ones()
    {
        var owner = new InferenceOwner("test");
        using var blocked = new SemaphoreSlim(0);
        var running = owner.RunAsync(
            () =>
            {
                blocked.Wait();
                return 1;
            },
            Soon,
            CancellationToken.None);
        await Task.Yield();
        SpinWait.SpinUntil(() => owner.Waiting == 0);
        var waiting = owner.RunAsync(() => 2, Soon, CancellationToken.None);

        var disposed = owner.DisposeAsync();
        blocked.Release();
        await disposed;

        Assert.Equal(1, await running);
        Assert.Contains("test", (await Assert.ThrowsAsync<EngineException>(() => waiting)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EngineException>(() => owner.RunAsync(() => 3, Soon, CancellationToken.None));
    }
}
