using CsmAgent.Engines.Bench;
using CsmAgent.Engines.Listening.PocketSphinx;
using Xunit.Abstractions;

namespace CsmAgent.Engines.Tests.Speaking;

[Trait("Category", "Native")]
public sealed class WordTimeTests(ITestOutputHelper output)
{
    private static readonly string[] Texts =
    [
        "What time is it?", "Set a timer for five minutes.", "How much is twelve times seventeen?", "What is my name?",
        "Tell me a story about a robot.", "What day is it today?", "Remind me to call my mother tomorrow.", "Good morning.",
    ];

    [Fact]
    public async Task The_voice_knows_within_two_frames_when_a_word_ends_and_the_estimate_for_others_within_two_words()
    {
        var report = await WordTimeBench.RunAsync(Texts, "slt", PocketSphinxRecognizer.DebianModelFolder, CancellationToken.None);

        output.WriteLine(string.Join('\n', report.ToLines()));
        var found = report.Values.ToDictionary(value => value.Key, value => value.Value);
        Assert.InRange(found["ownTimesMs.words"], 12, 60);
        Assert.InRange(found["ownTimesMs.p95"], 0, 160);
        Assert.InRange(found["estimatedTimesMs.p50"], 0, 240);
        Assert.InRange(found["estimatedWordsOff.p95"], 0, 2);
    }
}
