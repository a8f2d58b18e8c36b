using CsmAgent.Models.Hub;

namespace CsmAgent.Models.Tests.Hub;

public sealed class ModelCatalogueTests
{
    [Fact]
    public void The_embedded_catalogue_lists_both_formats_of_csm_and_mimi()
    {
        var catalogue = ModelCatalogue.Embedded();

        Assert.Equal(
            ["csm-1b", "csm-1b-prompts", "csm-1b-transformers", "mimi", "mimi-transformers", "tokenizer", "tokenizer-open"],
            catalogue.Models.Select(model => model.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Sizes_of_the_weights_follow_from_the_manifests()
    {
        // Header bytes: 20 576 for the original file, 71 840 for both shards (tests/fixtures/manifests/README.md).
        var catalogue = ModelCatalogue.Embedded();

        Assert.Equal(6_211_166_208 + 20_576, catalogue.Find("csm-1b").Files.Single(file => file.Path == "model.safetensors").Bytes);
        Assert.Equal(
            7_133_429_124 + 71_840,
            catalogue.Find("csm-1b-transformers").Files.Where(file => file.Path.EndsWith(".safetensors", StringComparison.Ordinal)).Sum(file => file.Bytes));
    }

    [Fact]
    public void An_unknown_name_lists_the_known_ones()
    {
        var error = Assert.Throws<HubException>(() => ModelCatalogue.Embedded().Find("csm-2b"));

        Assert.Contains("'csm-2b'", error.Message, StringComparison.Ordinal);
        Assert.Contains("csm-1b-transformers", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd", "not a plain relative path")]
    [InlineData("/etc/passwd", "not a plain relative path")]
    [InlineData("a//b", "not a plain relative path")]
    [InlineData("a\\\\b", "not a plain relative path")]
    public void Paths_cannot_leave_the_cache(string path, string message)
    {
        var error = Assert.Throws<HubException>(() => Parse(path: path));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_name_the_model_and_the_field()
    {
        Assert.Contains("repository 'just-a-name' is not owner/name", Assert.Throws<HubException>(() => Parse(repository: "just-a-name")).Message, StringComparison.Ordinal);
        Assert.Contains("revision '../main'", Assert.Throws<HubException>(() => Parse(revision: "../main")).Message, StringComparison.Ordinal);
        Assert.Contains("sha256", Assert.Throws<HubException>(() => Parse(extra: ",\"sha256\":\"ABC\"")).Message, StringComparison.Ordinal);
        Assert.Contains("-1 bytes", Assert.Throws<HubException>(() => Parse(extra: ",\"bytes\":-1")).Message, StringComparison.Ordinal);
        Assert.Contains("sizee", Assert.Throws<HubException>(() => Parse(extra: ",\"sizee\":1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_are_those_that_other_programs_use()
    {
        var catalogue = ModelCatalogue.Embedded();
        HubOptions From(params (string Name, string Value)[] variables) => HubOptions.FromEnvironment(
            catalogue, name => variables.FirstOrDefault(pair => pair.Name == name).Value);

        Assert.Equal("/home/ada/.cache/huggingface/hub", From(("HOME", "/home/ada")).CacheFolder);
        Assert.Equal("/x/huggingface/hub", From(("XDG_CACHE_HOME", "/x")).CacheFolder);
        Assert.Equal("/big/hub", From(("HF_HOME", "/big")).CacheFolder);
        Assert.Equal("/cache", From(("HF_HOME", "/big"), ("HF_HUB_CACHE", "/cache")).CacheFolder);
        Assert.True(From(("HF_HUB_OFFLINE", "1")).Offline);
        Assert.False(From(("HF_HUB_OFFLINE", "0")).Offline);
        Assert.Equal("t", From(("HF_TOKEN", " t ")).Token);
        Assert.Equal(
            ["http://localhost:1/", "http://localhost:2/"],
            From(("HF_ENDPOINT", "http://localhost:1"), ("CSM_AGENT_HUB_MIRRORS", "http://localhost:2,")).Endpoints.Select(uri => uri.AbsoluteUri));
        Assert.Contains("HF_ENDPOINT is 'nowhere'", Assert.Throws<HubException>(() => From(("HF_ENDPOINT", "nowhere"))).Message, StringComparison.Ordinal);
    }

    private static ModelCatalogue Parse(
        string repository = "a/b", string revision = "main", string path = "x.bin", string extra = "") =>
        ModelCatalogue.Parse(
            $$"""
            {"endpoint":"http://localhost:1","mirrors":[],"models":[{"name":"m","description":"d","repository":"{{repository}}",
            "revision":"{{revision}}","licence":"MIT","gated":false,"files":[{"path":"{{path}}"{{extra}}}]}]}
            """,
            "a test");
}
