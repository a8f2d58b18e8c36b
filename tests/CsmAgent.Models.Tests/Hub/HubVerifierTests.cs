using CsmAgent.Models.Hub;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Hub;

public sealed class HubVerifierTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))];

    private readonly string folder = Directory.CreateTempSubdirectory("hub").FullName;
    private readonly LoopbackHub hub = new() { Content = Content };

    public void Dispose()
    {
        hub.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_pulled_file_is_good_and_the_source_of_its_hash_is_named()
    {
        await PullAsync();

        var check = Assert.Single(await VerifyAsync());

        Assert.Equal(FileVerdict.Good, check.Verdict);
        Assert.Contains("recorded on the first pull", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_changed_byte_is_found()
    {
        var path = await PullAsync();
        var changed = (byte[])Content.Clone();
        changed[4999] ^= 1;
        await File.WriteAllBytesAsync(path, changed);

        Assert.Equal(FileVerdict.WrongHash, Assert.Single(await VerifyAsync()).Verdict);
    }

    [Fact]
    public async Task A_truncated_file_says_both_sizes()
    {
        var path = await PullAsync();
        await File.WriteAllBytesAsync(path, Content[..10]);

        var check = Assert.Single(await VerifyAsync());

        Assert.Equal((FileVerdict.WrongSize, "10 bytes instead of 5000"), (check.Verdict, check.Detail));
    }

    [Fact]
    public async Task A_missing_file_says_how_to_get_it()
    {
        var check = Assert.Single(await VerifyAsync());

        Assert.Equal(FileVerdict.Missing, check.Verdict);
        Assert.Contains("models pull some", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pruning_keeps_what_is_used_and_removes_the_rest()
    {
        var path = await PullAsync();
        var cache = new HubCache(folder);
        var repository = cache.Repository("someone/some-model");
        var orphan = Path.Combine(repository, "blobs", new string('f', 64));
        var partial = Path.Combine(repository, "blobs", new string('e', 64) + ".incomplete");
        var old = Path.Combine(repository, "snapshots", new string('a', 40));
        var stranger = Path.Combine(folder, "models--someone--else", "blobs", new string('f', 64));
        Directory.CreateDirectory(old);
        Directory.CreateDirectory(Path.GetDirectoryName(stranger)!);
        foreach (var file in new[] { orphan, partial, stranger })
        {
            await File.WriteAllBytesAsync(file, new byte[100]);
        }

        var catalogue = new ModelCatalogue(hub.Address, [], [Model]);
        var waste = new HubPruner(cache).Find(catalogue, incompleteToo: true);

        Assert.Equal(new[] { old, partial, orphan }.Order(StringComparer.Ordinal), waste.Select(item => item.Path).Order(StringComparer.Ordinal));
        Assert.Equal(200, HubPruner.Delete(waste));
        Assert.Equal(Content, await File.ReadAllBytesAsync(path));
        Assert.True(File.Exists(stranger));
        Assert.Empty(new HubPruner(cache).Find(catalogue, incompleteToo: true));
    }

    private static CatalogueModel Model =>
        new("some", "a test", "someone/some-model", "main", "MIT", false, [new CatalogueFile("model.bin", 5000)]);

    private async Task<string> PullAsync()
    {
        using var client = new HubClient(new HubOptions([hub.Address], folder), TimeProvider.System);
        return (await client.PullAsync(Model, null, CancellationToken.None))[0].Path;
    }

    private Task<IReadOnlyList<FileCheck>> VerifyAsync() =>
        new HubVerifier(new HubCache(folder)).VerifyAsync(Model, null, CancellationToken.None);
}
