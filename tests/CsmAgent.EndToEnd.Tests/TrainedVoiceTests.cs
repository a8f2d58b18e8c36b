using CsmAgent.Audio;
using CsmAgent.Audio.Files;
using CsmAgent.TestSupport;

namespace CsmAgent.EndToEnd.Tests;

/// <summary>Every verb that speaks does so with the engine the settings name.</summary>
[Trait("Category", "Native")]
[Trait("Category", "Slow")]
public sealed class TrainedVoiceTests(TrainedVoice voice) : IClassFixture<TrainedVoice>
{
    private const string Engine = "csm (CSM, int8)";

    [Fact]
    public async Task Generate_speaks_with_the_trained_model_the_same_for_the_same_seed()
    {
        var context = $"{Path.Combine(Fixtures.Repository, "voices", "desk-turns", "047-greeting.wav")}:1:Good evening.";
        foreach (var (file, seed) in new[] { ("a.wav", "3"), ("b.wav", "3"), ("c.wav", "4") })
        {
            await voice.SpeakAsync("generate", "It is ten past two.", "--context", context, "--max-seconds", "0.8", "--seed", seed, "--out", voice.At(file));
            Assert.Contains(Engine, voice.Notices, StringComparison.Ordinal);
        }

        var speech = await File.ReadAllBytesAsync(voice.At("a.wav"));
        Assert.Equal(speech, await File.ReadAllBytesAsync(voice.At("b.wav")));
        Assert.NotEqual(speech, await File.ReadAllBytesAsync(voice.At("c.wav")));
        Assert.InRange(WavFile.Read(voice.At("a.wav")).ToHouseFormat().Length, AudioFormat.FrameSamples, 10 * AudioFormat.FrameSamples);
    }

    [Fact]
    public async Task Speak_and_dialogue_speak_with_the_trained_model()
    {
        await voice.SpeakAsync("speak", "--text", "Yes.", "--out", voice.At("yes.wav"));
        Assert.Contains(Engine, voice.Notices, StringComparison.Ordinal);

        await File.WriteAllTextAsync(voice.At("two.txt"), "Anna: Hi.\nBen: No.\n");
        await voice.SpeakAsync("dialogue", voice.At("two.txt"), "--voices", "Anna=warm,Ben=deep", "--out", voice.At("two.wav"));
        Assert.Contains(Engine, voice.Notices, StringComparison.Ordinal);
        Assert.True(WavFile.Read(voice.At("two.wav")).ToHouseFormat().Length >= 2 * AudioFormat.FrameSamples);
    }

    [Fact]
    public async Task A_corpus_says_which_byte_every_label_says()
    {
        await voice.SpeakAsync("corpus", "align", voice.At("corpus"), voice.At("letters.txt"));

        var texts = (await File.ReadAllLinesAsync(voice.At("corpus", "items.tsv"))).Select(line => line.Split('\t')[4]).ToArray();
        var letters = (await File.ReadAllLinesAsync(voice.At("letters.txt"))).Select(line => line.Split(' ').Select(int.Parse).ToArray()).ToArray();
        Assert.Equal(texts.Length, letters.Length);
        Assert.All(letters.Zip(texts), item => Assert.Equal(item.First.Order(), item.First));
        Assert.All(letters.Zip(texts), item => Assert.InRange(item.First[^1], item.Second.Length / 2, item.Second.Length - 1));
    }

    [Fact]
    public async Task Talk_answers_with_the_trained_model()
    {
        await File.WriteAllTextAsync(voice.At("script.turns"), Path.Combine(Fixtures.Repository, "voices", "desk-turns", "047-greeting.wav"));

        await voice.SpeakAsync("talk", "--turns", voice.At("script.turns"), "--fast", "--plain", "--output", voice.At("talk"));

        var events = await File.ReadAllLinesAsync(voice.At("talk", "conversation.jsonl"));
        Assert.Contains(events, line => line.Contains(Engine, StringComparison.Ordinal));
        Assert.Contains(events, line => line.StartsWith("{\"event\":\"agent-turn-ended\"", StringComparison.Ordinal));
        Assert.DoesNotContain(events, line => line.StartsWith("{\"event\":\"trouble\"", StringComparison.Ordinal));
    }
}
