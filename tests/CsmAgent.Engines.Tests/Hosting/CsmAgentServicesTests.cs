using CsmAgent.Conversation.Ports;
using CsmAgent.Conversation.Reply;
using CsmAgent.Engines.Hosting;
using CsmAgent.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace CsmAgent.Engines.Tests.Hosting;

public sealed class CsmAgentServicesTests
{
    [Fact]
    [Trait("Category", "Native")]
    public async Task One_call_gives_a_program_a_voice_and_ears_that_understand_it()
    {
        await using var services = new ServiceCollection()
            .AddCsmAgent(options => (options.Root, options.Voice) = (Fixtures.Repository, "warm"))
            .BuildServiceProvider();

        await using var ear = await services.GetRequiredService<ISpeechRecognizer>().OpenAsync(CancellationToken.None);
        await ear.StartAsync(CancellationToken.None);
        await ear.AcceptAsync(new float[4_800], CancellationToken.None);
        await foreach (var frame in services.GetRequiredService<ISpeechSynthesizer>().SpeakAsync(Words()))
        {
            Assert.NotEqual(0, frame.Codes.Codes.Length);
            await ear.AcceptAsync(frame.Samples, CancellationToken.None);
        }

        await ear.AcceptAsync(new float[4_800], CancellationToken.None);
        Assert.Equal("what time is it", (await ear.FinishAsync(CancellationToken.None)).Text);
    }

    [Fact]
    public async Task A_wrong_root_names_the_voice_that_is_missing()
    {
        await using var services = new ServiceCollection().AddCsmAgent(options => options.Root = Path.GetTempPath()).BuildServiceProvider();

        var error = await Assert.ThrowsAsync<EngineException>(
            async () => await services.GetRequiredService<ISpeechSynthesizer>().OpenAsync("warm", CancellationToken.None));

        Assert.Contains("No voice is called 'warm'", error.Message, StringComparison.Ordinal);
    }

    private static async IAsyncEnumerable<string> Words()
    {
        foreach (var word in (string[])["What ", "time ", "is ", "it?"])
        {
            await Task.Yield();
            yield return word;
        }
    }
}
