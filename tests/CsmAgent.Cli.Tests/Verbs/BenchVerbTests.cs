using System.Text.Json;
using CsmAgent.TestSupport;

namespace CsmAgent.Cli.Tests.Verbs;

public sealed class BenchVerbTests : IDisposable
{
    private readonly string _json = Path.GetTempFileName();

    public void Dispose() => File.Delete(_json);

    [Theory]
    [InlineData("prefill", "prefillMs.p50", "firstFrameMs.p95")]
    [InlineData("context", "contextCost", "shortMs.p50")]
    [InlineData("load", "loadSeconds.p50", "packSeconds")]
    [InlineData("quality", "top1Agreement", "relativeError.depthGateUp")]
    public async Task A_measurement_of_a_small_model_prints_its_figures_and_keeps_them_as_json(string part, params string[] keys)
    {
        var shell = new TestShell();

        var code = await shell.RunAsync(
            "bench", part, "--model", Fixtures.Path("csm-tiny"), "--precision", "int8", "--frames", "3", "--positions", "24", "--group", "16", "--json", _json);

        Assert.Equal((ExitCode.Ok, ""), (code, code == ExitCode.Ok ? "" : shell.Error));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(_json));
        foreach (var key in keys)
        {
            Assert.Contains(key, shell.Out, StringComparison.Ordinal);
            var at = json.RootElement;
            foreach (var step in key.Split('.'))
            {
                at = at.GetProperty(step);
            }

            Assert.True(double.IsFinite(at.GetDouble()) && at.GetDouble() >= 0, $"{key} is {at}");
        }
    }

    [Fact]
    public async Task Full_precision_agrees_with_itself()
    {
        var shell = new TestShell();

        await shell.RunAsync("bench", "quality", "--model", Fixtures.Path("csm-tiny"), "--precision", "fp32", "--frames", "2", "--json", _json);

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(_json));
        Assert.Equal(1, json.RootElement.GetProperty("top1Agreement").GetDouble());
        Assert.Equal(0, json.RootElement.GetProperty("meanDivergence").GetDouble());
    }

    [Theory]
    [InlineData("bench frame --precision int5", ExitCode.Usage)]
    [InlineData("bench frame --threads 0", ExitCode.Usage)]
    [InlineData("bench frame --group 20", ExitCode.Usage)]
    [InlineData("bench frame --model nowhere", ExitCode.Missing)]
    public async Task What_cannot_be_measured_is_said_at_once(string line, int expected)
    {
        var shell = new TestShell();

        Assert.Equal(expected, await shell.RunAsync(line.Split(' ')));
        Assert.NotEmpty(shell.Error);
    }
}
