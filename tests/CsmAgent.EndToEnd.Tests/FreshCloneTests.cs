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
    [Fact]
    public async Task It_speaks_with_the_desk_voice_and_most_words_are_understood()
    {
        await using var host = await AgentHost.StartAsync(AgentFixture.Silent, [], CancellationToken.None);
        var voice = new SpyVoice(host.Services.GetRequiredService<ISpeechSynthesizer>());
        await using var session = await voice.OpenAsync(null, CancellationToken.None);

        var errors = default(WordErrors);
        for (var turn = 0; turn < DeskSentences.All.Count; turn++)
        {
            var text = DeskSentences.All[turn];
            await foreach (var _ in session.SpeakAsync(new SpeechRequest(turn, text, 0, 4 * text.Length), CancellationToken.None))
            {
            }

            var heard = await agent.RecogniseAsync(voice.Spoken[turn].ToArray());
            output.WriteLine($"'{text}' heard as '{heard}'");
            errors += WordErrors.Between(text, heard);
        }

        Assert.False(voice.IsBootstrap);
        Assert.True(errors.Rate < 0.5, $"{errors.Rate:P0} of {errors.Words} words are not understood.");
    }
}
