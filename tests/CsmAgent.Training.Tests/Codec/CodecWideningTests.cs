using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.Training.Codec;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Training.Tests.Codec;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CodecWideningTests : IDisposable
{
    private readonly TinyCodecCase _case = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly string _from;
    private readonly string _into;

    public CodecWideningTests() => (_from, _into) = (Path.Combine(_case.Folder, "start"), Path.Combine(_case.Folder, "wider"));

    public void Dispose()
    {
        _scope.Dispose();
        _case.Dispose();
    }

    [Fact]
    public void A_wider_codec_hears_and_sounds_as_before_and_its_new_channels_can_learn()
    {
        var filters = MimiConfig.Load(_from).Filters;

        CodecWidening.Write(_from, _into, filters + 2);

        using var before = MimiCheckpoint.Load(_from);
        using var after = MimiCheckpoint.Load(_into);
        Assert.Equal(filters + 2, after.Config.Filters);
        var audio = rand(1, 1, 1_920 * 6) - 0.5;
        var codes = MimiCodec.Encode(audio, before);
        Assert.True(MimiCodec.Encode(audio, after).equal(codes).all().item<bool>());
        Assert.True(MimiCodec.Decode(codes, after).allclose(MimiCodec.Decode(codes, before), 1e-4, 1e-6));

        using var checkpoint = Checkpoint.Open(Path.Combine(_into, MimiCheckpoint.FileName));
        var tensors = MimiCheckpoint.LoadTensors(checkpoint, after.Config);
        var last = tensors.Last(tensor => tensor.Key.StartsWith("decoder.layers.", StringComparison.Ordinal) && tensor.Key.EndsWith("conv.weight", StringComparison.Ordinal)).Value.requires_grad_();
        MimiCodec.Decode(codes, MimiWeights.Own(after.Config, tensors)).square().mean().backward();
        Assert.True(last.grad!.narrow(1, filters, 2).abs().max().item<float>() > 0);
    }

    [Fact]
    public void At_half_the_size_nearly_all_codes_stay_and_a_run_from_there_exports_as_small_a_file()
    {
        CodecWidening.Write(_from, _into, MimiConfig.Load(_from).Filters + 2, isHalved: true);

        using var before = MimiCheckpoint.Load(_from);
        using var after = MimiCheckpoint.Load(_into);
        var audio = rand(1, 1, 1_920 * 30) - 0.5;
        var same = MimiCodec.Encode(audio, before).eq(MimiCodec.Encode(audio, after)).to(ScalarType.Float32).mean().item<float>();
        Assert.True(same > 0.9, $"{same:p0}");

        using var run = CodecRun.Open(_case.Options("run") with { Start = _into }, phones: 3);
        run.Save();
        Assert.Equal(
            new FileInfo(Path.Combine(_into, MimiCheckpoint.FileName)).Length, new FileInfo(Path.Combine(run.ExportFolder, MimiCheckpoint.FileName)).Length, 200.0);
    }

    [Fact]
    public void Fewer_channels_than_there_are_are_refused_and_nothing_is_written()
    {
        var filters = MimiConfig.Load(_from).Filters;

        var fault = Assert.Throws<InvalidDataException>(() => CodecWidening.Write(_from, _into, filters));

        Assert.Contains($"{filters} filters", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_into));
    }
}
