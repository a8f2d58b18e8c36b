using CsmAgent.Models.Csm;
using CsmAgent.Models.Mimi;
using CsmAgent.Training.Speech;
using CsmAgent.Training.Tests.Codec;
using CsmAgent.Training.Tests.Speech;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class DeepeningTests : IDisposable
{
    private readonly TinyCodecCase _case = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _case.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_deeper_codec_hears_and_sounds_as_before_is_stored_alike_and_its_new_layers_can_learn(ScalarType type)
    {
        var (from, into) = (Path.Combine(_case.Folder, "typed"), Path.Combine(_case.Folder, "deeper"));
        using (var start = MimiCheckpoint.Load(Path.Combine(_case.Folder, "start")))
        using (var stored = Tensors.Safetensors.Checkpoint.Open(Path.Combine(_case.Folder, "start", MimiCheckpoint.FileName)))
        {
            MimiCheckpoint.Save(from, start.Config, MimiCheckpoint.LoadTensors(stored, start.Config), type: type);
        }

        Deepening.Write(from, into, 3);

        var (config, _, codes) = HearsAndSoundsAsBefore(from, into);
        Assert.Equal(3, config.TransformerLayers);

        using var checkpoint = Tensors.Safetensors.Checkpoint.Open(Path.Combine(into, MimiCheckpoint.FileName));
        Assert.Equal(type, MimiCheckpoint.StoredType(checkpoint));
        var tensors = MimiCheckpoint.LoadTensors(checkpoint, config);
        var scale = tensors["decoder_transformer.layers.2.mlp_layer_scale.scale"].requires_grad_();
        MimiCodec.Decode(codes, MimiWeights.Own(config, tensors)).square().mean().backward();
        Assert.True(scale.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void More_residual_units_hear_and_sound_as_before_and_can_learn_on_both_sides()
    {
        var (from, into) = (Path.Combine(_case.Folder, "start"), Path.Combine(_case.Folder, "more-units"));

        Deepening.Write(from, into, layers: null, units: 3);

        var (config, audio, codes) = HearsAndSoundsAsBefore(from, into);
        Assert.Equal(3, config.ResidualLayers);

        using var checkpoint = Tensors.Safetensors.Checkpoint.Open(Path.Combine(into, MimiCheckpoint.FileName));
        var tensors = MimiCheckpoint.LoadTensors(checkpoint, config);
        var silent = tensors.Where(tensor => tensor.Key.EndsWith("block.3.conv.weight", StringComparison.Ordinal) && tensor.Value.abs().max().item<float>() == 0)
            .Select(tensor => tensor.Value.requires_grad_()).ToList();
        Assert.Equal(2 * 2 * config.UpsamplingRatios.Count, silent.Count);
        var weights = MimiWeights.Own(config, tensors);
        (MimiCodec.Decode(codes, weights).square().mean() + MimiCodec.Latent(audio, weights).square().mean()).backward();
        Assert.All(silent, weight => Assert.True(weight.grad!.abs().max().item<float>() > 0));
    }

    [Fact]
    public void A_deeper_depth_decoder_says_what_the_old_one_said()
    {
        var config = CsmTrainerTests.Config;
        var (from, into) = (Path.Combine(_case.Folder, "speech"), Path.Combine(_case.Folder, "deeper-speech"));
        DeskSpeech.Save(from, config, DeskSpeech.Fresh(config, 3).ToDictionary(entry => entry.Name, entry => entry.Value));

        Deepening.Write(from, into, config.Depth.LayerCount + 2);

        using var before = Load(from);
        using var after = Load(into);
        Assert.Equal(config.Depth.LayerCount + 2, after.Config.Depth.LayerCount);
        var (hidden, codes) = (rand(4, config.Backbone.Width), randint(0, 16, [4, config.CodebookCount], ScalarType.Int64));
        Assert.True(CsmModel.DepthLogits(after, hidden, codes).equal(CsmModel.DepthLogits(before, hidden, codes)).all().item<bool>());

        static CsmWeights Load(string folder)
        {
            using var checkpoint = CsmCheckpoint.Open(Path.Combine(folder, DeskSpeech.FileName), CsmConfig.Open(Path.Combine(folder, "config.json")));
            return CsmWeights.Load(checkpoint, ScalarType.Float32);
        }
    }

    [Fact]
    public void Fewer_layers_than_there_are_are_refused_and_nothing_is_written()
    {
        var into = Path.Combine(_case.Folder, "shallower");

        var fault = Assert.Throws<InvalidDataException>(() => Deepening.Write(Path.Combine(_case.Folder, "start"), into, 1));

        Assert.Contains("1 layers", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(into));
    }

    [Fact]
    public void A_deeper_codec_of_nothing_more_and_a_speech_model_of_more_units_are_refused()
    {
        var (from, into) = (Path.Combine(_case.Folder, "only-speech"), Path.Combine(_case.Folder, "refused"));
        DeskSpeech.Save(from, CsmTrainerTests.Config, DeskSpeech.Fresh(CsmTrainerTests.Config, 3).ToDictionary(entry => entry.Name, entry => entry.Value));

        var nothing = Assert.Throws<InvalidDataException>(() => Deepening.Write(Path.Combine(_case.Folder, "start"), into, layers: null));
        var units = Assert.Throws<InvalidDataException>(() => Deepening.Write(from, into, layers: null, units: 2));

        Assert.Contains("neither layers nor residual units", nothing.Message, StringComparison.Ordinal);
        Assert.Contains("has no residual units", units.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(into));
    }

    // The deeper codec's shape, what both heard, and the codes both made of it.
    private static (MimiConfig Config, Tensor Audio, Tensor Codes) HearsAndSoundsAsBefore(string from, string into)
    {
        using var before = MimiCheckpoint.Load(from);
        using var after = MimiCheckpoint.Load(into);
        var audio = rand(1, 1, 1_920 * 6) - 0.5;
        var codes = MimiCodec.Encode(audio, before);
        Assert.True(MimiCodec.Encode(audio, after).equal(codes).all().item<bool>());
        Assert.True(MimiCodec.Decode(codes, after).equal(MimiCodec.Decode(codes, before)).all().item<bool>());
        return (after.Config, audio, codes);
    }
}
