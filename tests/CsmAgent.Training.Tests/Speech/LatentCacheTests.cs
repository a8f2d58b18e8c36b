using CsmAgent.Models.Mimi;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Corpus;
using CsmAgent.Training.Speech;
using CsmAgent.Training.Tests.Codec;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Speech;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class LatentCacheTests : IDisposable
{
    private const double Temperature = 0.3;
    private readonly TinyCodecCase _case = new();
    private readonly PreparedCorpus _corpus;
    private readonly LatentCache _latents;
    private readonly DisposeScope _scope = NewDisposeScope();

    public LatentCacheTests()
    {
        _corpus = PreparedCorpus.Open(Path.Combine(_case.Folder, "corpus"));
        _latents = Open();
    }

    public void Dispose()
    {
        _scope.Dispose();
        _latents.Dispose();
        _corpus.Dispose();
        _case.Dispose();
    }

    [Fact]
    public void The_nearest_codes_are_the_codecs()
    {
        var encoded = CodeCache.Open(Path.Combine(_case.Folder, "encoded"), _corpus, Path.Combine(_case.Folder, "start"), starts: 2);
        var taken = Codes("taken");

        for (var item = 0; item < _corpus.Items.Count; item++)
        {
            var frames = _corpus.Items[item].Frames;
            Assert.Equal(encoded.Item(item, frames, start: 1), taken.Item(item, frames, start: 1));
            Assert.Equal(encoded.Item(item, frames, start: 1), _latents.Draw(item, frames, start: 1, temperature: 1e-7, new Random(1)));
        }
    }

    [Fact]
    public void Draws_differ_from_hearing_to_hearing_and_stay_near()
    {
        var frames = _corpus.Items[0].Frames;

        var nearest = _latents.Nearest(0, frames, start: 0);
        var drawn = _latents.Draw(0, frames, start: 0, Temperature, new Random(1));

        Assert.Equal(drawn, _latents.Draw(0, frames, start: 0, Temperature, new Random(1)));
        Assert.NotEqual(drawn, _latents.Draw(0, frames, start: 0, Temperature, new Random(2)));
        Assert.InRange(nearest.Zip(drawn).Count(pair => pair.First != pair.Second) / (double)nearest.Length, 0.05, 0.95);
        var random = new Random(3);
        Assert.InRange(Rest(drawn), 0.9 * Rest(nearest), 0.5 * Rest([.. nearest.Select(_ => (short)random.Next(TinyCodecCase.Config.CodebookSize))]));

        // What is left of the acoustic latents, squared and summed; the nearest entries one by one are not the best together.
        double Rest(short[] codes)
        {
            using var codec = MimiCheckpoint.Load(Path.Combine(_case.Folder, "start"));
            var audio = new float[_corpus.Items[0].Samples];
            _corpus.Read(0, 0, audio);
            var rest = nn.functional.conv1d(MimiCodec.Latent(tensor(audio, [1, 1, audio.Length]), codec), codec.AcousticIn).squeeze(0).t();
            var table = tensor(Array.ConvertAll(codes, code => (long)code), [frames, TinyCodecCase.Config.Codebooks]);
            for (var k = 1; k < TinyCodecCase.Config.Codebooks; k++)
            {
                rest = rest - codec.Codebooks[k].index_select(0, table.select(1, k));
            }

            return rest.square().sum().item<float>();
        }
    }

    [Fact]
    public void A_conversation_wants_what_was_drawn_and_hears_the_same()
    {
        var packer = new ConversationPacker(_corpus, Codes("codes"), CsmTrainerTests.Config, new ByteTokenizer(), heldOut: false)
        {
            Latents = _latents,
        };

        var (rows, labels, _, _, _) = packer.Next(new Random(1), 1, 400, depthShare: 1, corruption: 0, codeTemperature: Temperature);
        var codebooks = TinyCodecCase.Config.Codebooks;
        var heard = rows.narrow(2, 0, codebooks);
        var isFrame = labels.ne(CsmObjective.Ignored);
        Assert.True(heard.eq(labels).logical_or(isFrame.logical_not()).all().item<bool>());

        var again = packer.Next(new Random(1), 1, 400, depthShare: 1, corruption: 0, codeTemperature: Temperature).Labels;
        Assert.True(again.eq(labels).all().item<bool>());
        var colder = packer.Next(new Random(1), 1, 400, depthShare: 1, corruption: 0, codeTemperature: Temperature / 10).Labels;
        Assert.True(colder.ne(Constant.Of(CsmObjective.Ignored)).eq(isFrame).all().item<bool>());
        Assert.False(colder.eq(labels).all().item<bool>());
        var (_, plain, _, _, _) = new ConversationPacker(_corpus, Codes("codes"), CsmTrainerTests.Config, new ByteTokenizer(), heldOut: false)
            .Next(new Random(1), 1, 400, depthShare: 1, corruption: 0);
        Assert.False(plain.eq(labels).all().item<bool>());
    }

    [Fact]
    public void Latents_of_another_codec_are_refused()
    {
        var folder = _case.WriteFresh("other", seed: 6);

        var refusal = Assert.Throws<CheckpointException>(() => LatentCache.Open(Path.Combine(_case.Folder, "latents"), _corpus, folder, starts: 2));

        Assert.Contains("another codec", refusal.Message, StringComparison.Ordinal);
    }

    private LatentCache Open() => LatentCache.Open(Path.Combine(_case.Folder, "latents"), _corpus, Path.Combine(_case.Folder, "start"), starts: 2);

    private CodeCache Codes(string file) => CodeCache.Open(Path.Combine(_case.Folder, file), _corpus, Path.Combine(_case.Folder, "start"), starts: 2, _latents);
}
