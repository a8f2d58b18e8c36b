using CsmAgent.Models.Hub;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Hub;

public sealed class HubClientTests : IDisposable
{
    private static readonly byte[] Weights = MakeBytes(300_000);

    private readonly string folder = Directory.CreateTempSubdirectory("hub-ä ").FullName;
    private readonly LoopbackHub hub = new() { Content = Weights };
    private readonly HastyTime time = new();
    private readonly List<HubProgress> seen = [];

    public void Dispose()
    {
        hub.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_pulled_file_lies_in_the_shared_layout()
    {
        var file = Assert.Single(await PullAsync(Model()));

        Assert.Equal(Weights, await File.ReadAllBytesAsync(file.Path));
        Assert.Equal(HashSource.Hub, file.CheckedAgainst);
        var repository = Path.Combine(folder, "models--someone--some-model");
        Assert.Equal(LoopbackHub.Commit, await File.ReadAllTextAsync(Path.Combine(repository, "refs", "main")));
        Assert.Equal(Path.Combine(repository, "snapshots", LoopbackHub.Commit, "model.bin"), file.Path);
        Assert.Equal(
            Path.Combine(repository, "blobs", LoopbackHub.ETag(Weights)),
            File.ResolveLinkTarget(file.Path, true)!.FullName);
        Assert.Empty(Directory.GetFiles(repository, "*.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_second_pull_fetches_nothing_again()
    {
        await PullAsync(Model());
        var before = hub.Gets;

        var file = Assert.Single(await PullAsync(Model()));

        Assert.Equal(before, hub.Gets);
        Assert.Equal(HashSource.NotRead, file.CheckedAgainst);
    }

    [Fact]
    public async Task A_commit_in_the_cache_needs_no_connection()
    {
        await PullAsync(Model(revision: LoopbackHub.Commit));
        var before = hub.Log.Count;

        await PullAsync(Model(revision: LoopbackHub.Commit));

        Assert.Equal(before, hub.Log.Count);
    }

    [Fact]
    public async Task A_truncated_answer_is_resumed_where_it_ended()
    {
        FaultOnGet(first: (_, stream) => LoopbackHub.WriteAsync(
            stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(Weights)}\nContent-Length: {Weights.Length}", Weights.AsMemory(0, 100_000)));

        var file = Assert.Single(await PullAsync(Model()));

        Assert.Equal(Weights, await File.ReadAllBytesAsync(file.Path));
        Assert.Contains(hub.Log, line => line.Contains("offset=100000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stalled_connection_is_given_up_and_resumed()
    {
        FaultOnGet(first: async (_, stream) =>
        {
            await LoopbackHub.WriteAsync(
                stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(Weights)}\nContent-Length: {Weights.Length}", Weights.AsMemory(0, 50_000));
            await Task.Delay(TimeSpan.FromSeconds(30));
        });

        var file = Assert.Single(await PullAsync(Model(), options => options with { StallTimeout = TimeSpan.FromSeconds(250) }));

        Assert.Equal(Weights, await File.ReadAllBytesAsync(file.Path));
        Assert.Contains(seen, step => step is { Stage: HubStage.Retrying, Note: { } note } && note.Contains("no byte arrived", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_an_interrupted_pull_left_is_used_by_the_next()
    {
        FaultOnGet(always: (_, stream) => LoopbackHub.WriteAsync(
            stream, $"HTTP/1.1 500 Broken\nContent-Length: 0\nConnection: close"));
        var partial = Path.Combine(folder, "models--someone--some-model", "blobs", LoopbackHub.ETag(Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        await File.WriteAllBytesAsync(partial, Weights[..200_000]);
        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));
        Assert.Contains("200000 of 300000 bytes on disk; pull again", error.Message, StringComparison.Ordinal);

        hub.Fault = (_, _) => Task.FromResult(false);
        var file = Assert.Single(await PullAsync(Model()));

        Assert.Equal(Weights, await File.ReadAllBytesAsync(file.Path));
        Assert.Contains(hub.Log, line => line.Contains("offset=200000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_ignores_the_range_begins_again_without_doubling_bytes()
    {
        var partial = Path.Combine(folder, "models--someone--some-model", "blobs", LoopbackHub.ETag(Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        await File.WriteAllBytesAsync(partial, Weights[..70_000]);
        FaultOnGet(always: (_, stream) => LoopbackHub.WriteAsync(
            stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(Weights)}\nContent-Length: {Weights.Length}", Weights));

        Assert.Equal(Weights, await File.ReadAllBytesAsync(Assert.Single(await PullAsync(Model())).Path));
    }

    [Fact]
    public async Task A_range_that_starts_elsewhere_is_not_appended()
    {
        var partial = Path.Combine(folder, "models--someone--some-model", "blobs", LoopbackHub.ETag(Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        await File.WriteAllBytesAsync(partial, Weights[..70_000]);
        FaultOnGet(first: (_, stream) => LoopbackHub.WriteAsync(
            stream, $"HTTP/1.1 206 Partial\n{LoopbackHub.Names(Weights)}\nContent-Range: bytes 0-299999/300000", Weights));

        Assert.Equal(Weights, await File.ReadAllBytesAsync(Assert.Single(await PullAsync(Model())).Path));
    }

    [Theory]
    [InlineData(299_000)]
    [InlineData(301_000)]
    public async Task A_length_that_contradicts_the_promise_is_an_error_with_both_numbers(int announced)
    {
        FaultOnGet(always: (_, stream) => LoopbackHub.WriteAsync(
            stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(Weights)}\nContent-Length: {announced}", MakeBytes(announced)));

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Equal(HubFault.Corrupt, error.Fault);
        Assert.Contains("300000", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{announced}", error.Message, StringComparison.Ordinal);
        AssertNothingUnderItsFinalName();
    }

    [Fact]
    public async Task A_server_that_sends_without_end_is_stopped()
    {
        FaultOnGet(always: async (_, stream) =>
        {
            await LoopbackHub.WriteAsync(stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(Weights)}", Weights);
            for (var i = 0; i < 10; i++)
            {
                await stream.WriteAsync(Weights);
            }
        });

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Contains("more than the 300000 bytes", error.Message, StringComparison.Ordinal);
        AssertNothingUnderItsFinalName();
    }

    [Fact]
    public async Task Changed_content_of_the_right_length_is_refused_and_deleted()
    {
        var forged = (byte[])Weights.Clone();
        forged[123_456] ^= 1;
        FaultOnGet(always: (_, stream) => LoopbackHub.WriteAsync(
            stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(Weights)}\nContent-Length: {forged.Length}", forged));

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Equal(HubFault.Corrupt, error.Fault);
        Assert.Contains(LoopbackHub.ETag(Weights), error.Message, StringComparison.Ordinal);
        Assert.Contains(LoopbackHub.ETag(forged), error.Message, StringComparison.Ordinal);
        AssertNothingUnderItsFinalName();
        Assert.Empty(Directory.GetFiles(folder, "*.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_catalogues_hash_outranks_the_hubs()
    {
        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model(sha256: new string('a', 64))));

        Assert.Contains("the catalogue's", error.Message, StringComparison.Ordinal);
        AssertNothingUnderItsFinalName();
    }

    [Fact]
    public async Task The_hash_of_the_first_pull_is_remembered()
    {
        await PullAsync(Model());
        var blob = Directory.GetFiles(Path.Combine(folder, "models--someone--some-model", "blobs")).Single();
        File.Delete(blob);
        var other = MakeBytes(300_000, seed: 9);
        hub.Content = other;

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Contains("first pull", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Small_files_are_checked_by_gits_hash()
    {
        var config = "{\"dim\": 16}\n"u8.ToArray();
        var (_, gitSha1, _) = await HashAsync(config);
        hub.Content = config;
        hub.Fault = async (request, stream) =>
        {
            await LoopbackHub.WriteAsync(
                stream,
                $"HTTP/1.1 200 OK\nX-Repo-Commit: {LoopbackHub.Commit}\nETag: \"{gitSha1}\"\nConnection: close\nContent-Length: {config.Length}",
                request.Method == "HEAD" ? default : config);
            return true;
        };

        Assert.Equal(config, await File.ReadAllBytesAsync(Assert.Single(await PullAsync(Model(bytes: null))).Path));
    }

    [Fact]
    public async Task A_file_that_changes_between_question_and_fetch_is_asked_for_again()
    {
        var newer = MakeBytes(310_000, seed: 5);
        FaultOnGet(first: (_, stream) =>
        {
            hub.Content = newer;
            return LoopbackHub.WriteAsync(stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(newer)}\nContent-Length: {newer.Length}", newer);
        });

        var file = Assert.Single(await PullAsync(Model(bytes: null)));

        Assert.Equal(newer, await File.ReadAllBytesAsync(file.Path));
        Assert.Contains(seen, step => step.Note?.Contains("changed", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Redirects_are_followed_and_the_token_stays_with_the_hub()
    {
        using var storage = new LoopbackHub { Content = Weights };
        hub.Fault = async (_, stream) =>
        {
            await LoopbackHub.WriteAsync(
                stream, $"HTTP/1.1 302 Found\n{LoopbackHub.Names(Weights)}\nContent-Length: 0\nLocation: {storage.Address}/somewhere?signature=1");
            return true;
        };

        await PullAsync(Model(), options => options with { Token = "hf_secret" });

        Assert.All(hub.Log, line => Assert.EndsWith("token=Bearer hf_secret", line, StringComparison.Ordinal));
        Assert.NotEmpty(storage.Log);
        Assert.All(storage.Log, line => Assert.EndsWith("token=", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_circle_of_redirects_ends()
    {
        hub.Fault = async (request, stream) =>
        {
            await LoopbackHub.WriteAsync(stream, $"HTTP/1.1 307 Again\nContent-Length: 0\nConnection: close\nLocation: {request.Path}");
            return true;
        };

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Contains("redirects", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, null, HubFault.Unauthorized, "set HF_TOKEN")]
    [InlineData(401, "hf_bad", HubFault.Unauthorized, "does not accept this token")]
    [InlineData(403, "hf_good", HubFault.Gated, "has not accepted the terms")]
    [InlineData(404, "hf_good", HubFault.NotFound, "does not exist at revision main")]
    public async Task Refusals_say_what_to_do(int status, string? token, HubFault fault, string advice)
    {
        hub.Fault = async (_, stream) =>
        {
            await LoopbackHub.WriteAsync(stream, $"HTTP/1.1 {status} No\nContent-Length: 0\nConnection: close\nX-Error-Code: GatedRepo");
            return true;
        };

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model(gated: true), options => options with { Token = token }));

        Assert.Equal(fault, error.Fault);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.Contains("someone/some-model", error.Message, StringComparison.Ordinal);
        Assert.Single(hub.Log);
    }

    [Fact]
    public async Task Too_many_requests_waits_as_long_as_the_server_asks()
    {
        FaultOnGet(first: (_, stream) => LoopbackHub.WriteAsync(
            stream, "HTTP/1.1 429 Slow down\nContent-Length: 0\nConnection: close\nRetry-After: 37"));

        await PullAsync(Model());

        Assert.Contains(TimeSpan.FromSeconds(37), time.Asked);
    }

    [Fact]
    public async Task An_unreasonable_wait_is_an_error_that_says_how_long()
    {
        FaultOnGet(always: (_, stream) => LoopbackHub.WriteAsync(
            stream, "HTTP/1.1 429 Slow down\nContent-Length: 0\nConnection: close\nRetry-After: 7200"));

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Equal(HubFault.RateLimited, error.Fault);
        Assert.Contains("120 minutes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_is_taken_when_the_hub_is_down_and_never_sees_the_token()
    {
        using var mirror = new LoopbackHub { Content = Weights };
        hub.Dispose();

        var file = Assert.Single(await PullAsync(
            Model(), options => options with { Endpoints = [hub.Address, mirror.Address], Token = "hf_secret", MaxAttempts = 2 }));

        Assert.Equal(Weights, await File.ReadAllBytesAsync(file.Path));
        Assert.All(mirror.Log, line => Assert.EndsWith("token=", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Offline_names_the_file_and_the_cache()
    {
        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model(), options => options with { Offline = true }));

        Assert.Equal(HubFault.Offline, error.Fault);
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Log);
    }

    [Fact]
    public async Task Offline_takes_a_branch_from_the_cache()
    {
        await PullAsync(Model());
        var before = hub.Log.Count;

        Assert.Single(await PullAsync(Model(), options => options with { Offline = true }));

        Assert.Equal(before, hub.Log.Count);
    }

    [Fact]
    public async Task Two_pulls_at_once_fetch_once()
    {
        var first = PullAsync(Model());
        var second = PullAsync(Model());

        var files = await Task.WhenAll(first, second);

        Assert.Equal(1, hub.Gets);
        Assert.All(files, pulled => Assert.Equal(Weights, File.ReadAllBytes(pulled[0].Path)));
    }

    [Fact]
    public async Task A_name_from_the_server_never_becomes_a_path()
    {
        hub.Fault = async (_, stream) =>
        {
            await LoopbackHub.WriteAsync(
                stream, $"HTTP/1.1 200 OK\nX-Repo-Commit: {LoopbackHub.Commit}\nETag: \"../../../escape\"\nContent-Length: 300000\nConnection: close");
            return true;
        };

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Contains("is not a hash", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_from_something_that_is_no_hub_is_recognised()
    {
        hub.Fault = async (_, stream) =>
        {
            await LoopbackHub.WriteAsync(stream, "HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 20\nConnection: close");
            return true;
        };

        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync(Model()));

        Assert.Contains("does not answer like a model hub", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_keeps_what_arrived()
    {
        using var cancel = new CancellationTokenSource();
        var halfSent = new TaskCompletionSource();
        FaultOnGet(always: async (_, stream) =>
        {
            await LoopbackHub.WriteAsync(
                stream, $"HTTP/1.1 200 OK\n{LoopbackHub.Names(Weights)}\nContent-Length: {Weights.Length}", Weights.AsMemory(0, 150_000));
            halfSent.SetResult();
            await Task.Delay(TimeSpan.FromSeconds(30));
        });
        var pull = PullAsync(Model(), options => options with { StallTimeout = TimeSpan.FromHours(4) }, cancel.Token);
        await halfSent.Task;
        var partial = Path.Combine(folder, "models--someone--some-model", "blobs", LoopbackHub.ETag(Weights) + ".incomplete");
        while (!File.Exists(partial) || new FileInfo(partial).Length < 150_000)
        {
            await Task.Delay(5);
        }

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        Assert.Equal(150_000, new FileInfo(partial).Length);
        AssertNothingUnderItsFinalName();
    }

    private static byte[] MakeBytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static CatalogueModel Model(string revision = "main", long? bytes = 300_000, string? sha256 = null, bool gated = false) =>
        new("some", "a test", "someone/some-model", revision, "MIT", gated, [new CatalogueFile("model.bin", bytes, sha256)]);

    private async Task<(string Sha256, string GitSha1, long Bytes)> HashAsync(byte[] content)
    {
        var path = Path.Combine(folder, "hash-me");
        await File.WriteAllBytesAsync(path, content);
        return await ContentHash.ComputeAsync(path, null, CancellationToken.None);
    }

    private async Task<IReadOnlyList<PulledFile>> PullAsync(
        CatalogueModel model, Func<HubOptions, HubOptions>? change = null, CancellationToken cancellationToken = default)
    {
        var options = new HubOptions([hub.Address], folder) { StallTimeout = TimeSpan.FromHours(1), MaxAttempts = 4 };
        using var client = new HubClient(change?.Invoke(options) ?? options, time);
        return await client.PullAsync(model, new Sink(seen), cancellationToken);
    }

    private void FaultOnGet(
        Func<LoopbackHub.Request, Stream, Task>? first = null, Func<LoopbackHub.Request, Stream, Task>? always = null)
    {
        var gets = 0;
        hub.Fault = async (request, stream) =>
        {
            if (request.Method != "GET" || (always is null && Interlocked.Increment(ref gets) > 1))
            {
                return false;
            }

            await (always ?? first!)(request, stream);
            return true;
        };
    }

    private void AssertNothingUnderItsFinalName() =>
        Assert.DoesNotContain(
            Directory.GetFiles(folder, "*", SearchOption.AllDirectories),
            path => path.EndsWith("model.bin", StringComparison.Ordinal) || Path.GetFileName(path).Length == 64);

    private sealed class Sink(List<HubProgress> seen) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            lock (seen)
            {
                seen.Add(value);
            }
        }
    }
}
