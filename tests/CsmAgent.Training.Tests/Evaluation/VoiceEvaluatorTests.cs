using CsmAgent.Models.Csm;
using CsmAgent.Models.Llama;
using CsmAgent.Training.Evaluation;
using CsmAgent.Training.Speech;
using CsmAgent.Training.Tests.Codec;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Evaluation;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class VoiceEvaluatorTests
{
    [Theory]
    [InlineData(1, 2_048)]
    [InlineData(5, 2_048)]
    [InlineData(5, 100)] // no room for all of them
    public async Task Source_codec_and_voice_are_judged_on_held_out_sentences_in_one_page(int turns, int positions)
    {
        using var tiny = new TinyCodecCase();
        using var scope = NewDisposeScope();
        var config = new CsmConfig
        {
            TextVocabularySize = 260,
            AudioVocabularySize = TinyCodecCase.Config.CodebookSize + 3,
            CodebookCount = TinyCodecCase.Config.Codebooks,
            Backbone = Llama(positions),
            Depth = Llama(TinyCodecCase.Config.Codebooks + 1),
        };
        DeskSpeech.Save(Path.Combine(tiny.Folder, "speech"), config, DeskSpeech.Fresh(config, 3).ToDictionary(entry => entry.Name, entry => entry.Value));
        var options = new EvaluationOptions
        {
            Corpus = Path.Combine(tiny.Folder, "corpus"),
            Codec = Path.Combine(tiny.Folder, "start"),
            Speech = Path.Combine(tiny.Folder, "speech"),
            Output = Path.Combine(tiny.Folder, "report"),
            Sentences = 2,
            LeastWords = 1,
            Turns = turns,
            Examples = 1,
        };

        var evaluation = await new VoiceEvaluator(options).RunAsync();

        Assert.Equal(["source", "codec", "voice"], evaluation.Speech.Select(speech => speech.Name));
        Assert.Equal(2, evaluation.Texts.Count);
        Assert.All(evaluation.Speech, speech => Assert.Equal(2, speech.Open.Count));
        Assert.Equal(1, evaluation.Speech[0].RightVoice);
        Assert.InRange(evaluation.EndsByItself!.Value, 0, 1);
        var page = File.ReadAllText(Path.Combine(options.Output, "report.html"));
        Assert.Equal(3, page.Split("<audio").Length - 1);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal); // self-contained
        Assert.True(File.Exists(Path.Combine(options.Output, "figures.json")));
    }

    private static LlamaConfig Llama(int positions) => new()
    {
        LayerCount = 1,
        Width = 16,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadWidth = 8,
        FeedForwardWidth = 32,
        MaxPositions = positions,
    };
}
