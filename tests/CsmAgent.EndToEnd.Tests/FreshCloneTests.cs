using CsmAgent.Cli.Hosting;
using CsmAgent.Conversation.Ports;
using CsmAgent.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>What a clone speaks with when nobody has set anything.</summary>
[Collection(AgentCollection.Name)]
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class FreshCloneTests(AgentFixture agent, ITestOutputHelper output)
{
    private static readonly string[] Said =
    [
        "Good morning. What can I do for you?", "It is ten minutes past three.", "Your timer is set for five minutes.", "There are four chairs around the table.",
        "The train leaves at nine in the morning.", "Twelve times seventeen is two hundred and four.",
    ];

    [Fact]
    public async Task It_speaks_with_the_desk_voice_and_most_words_are_understood()
    {
        await using var host = await AgentHost.StartAsync(AgentFixture.Silent, [], CancellationToken.None);
        var voice = new SpyVoice(host.Services.GetRequiredService<ISpeechSynthesizer>());
        await using var session = await voice.OpenAsync(null, CancellationToken.None);

        var errors = default(WordErrors);
        for (var turn = 0; turn < Said.Length; turn++)
        {
            await foreach (var _ in session.SpeakAsync(new SpeechRequest(turn, Said[turn], 0, 4 * Said[turn].Length), CancellationToken.None))
            {
            }

            var heard = await agent.RecogniseAsync(voice.Spoken[turn].ToArray());
            output.WriteLine($"'{Said[turn]}' heard as '{heard}'");
            errors += WordErrors.Between(Said[turn], heard);
        }

        Assert.False(voice.IsBootstrap);
        Assert.True(errors.Rate < 0.5, $"{errors.Rate:P0} of {errors.Words} words are not understood.");
    }
}
