using CsmAgent.Models.Mimi;
using TorchSharp;
using static TorchSharp.torch;

namespace CsmAgent.Models.Tests.Mimi;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class MimiOfflineTests : IDisposable
{
    private readonly IDisposable _guard = no_grad();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _guard.Dispose();
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("moshi.safetensors")]
    public void Every_stage_matches_the_reference_from_either_checkpoint_format(string file)
    {
        using var golden = new MimiGoldens(file);
        var weights = golden.Weights;

        var convolved = MimiConvolutions.Encode(golden["input"], weights.Encoder);
        var attended = MimiTransformers.Forward(convolved, weights.EncoderTransformer, weights.Config);
        var latent = MimiConvolutions.ForwardFromFirst(attended, weights.Downsample);
        var codes = MimiQuantizer.Encode(latent, weights, 6);
        golden.AssertClose("seanet_out", convolved, 1e-4);
        golden.AssertClose("enc_transformer_out", attended, 1e-4);
        golden.AssertClose("latent", latent, 1e-4);
        golden.AssertEqual("codes", codes);

        var quantized = MimiQuantizer.Decode(codes, weights);
        var upsampled = MimiConvolutions.Transposed(quantized, weights.Upsample);
        var spoken = MimiTransformers.Forward(upsampled, weights.DecoderTransformer, weights.Config);
        golden.AssertClose("quantized", quantized, 1e-4);
        golden.AssertClose("upsampled", upsampled, 1e-4);
        golden.AssertClose("dec_transformer_out", spoken, 1e-4);
        golden.AssertClose("audio", MimiConvolutions.Decode(spoken, weights.Decoder), 1e-5);
    }

    [Fact]
    public void Whole_signals_encode_to_the_exact_codes_and_decode_to_the_audio()
    {
        using var golden = new MimiGoldens();

        golden.AssertEqual("codes", MimiCodec.Encode(golden["input"], golden.Weights));
        golden.AssertClose("audio", MimiCodec.Decode(golden.Codes("codes"), golden.Weights), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Fewer_codebooks_decode_like_the_reference(int codebooks)
    {
        using var golden = new MimiGoldens();
        var codes = golden.Codes("codes").narrow(1, 0, codebooks).narrow(2, 0, 15);

        golden.AssertClose($"audio_first{codebooks}", MimiCodec.Decode(codes, golden.Weights), 1e-5);
    }

    [Fact]
    public void Fewer_codebooks_are_the_first_rows_of_all()
    {
        using var golden = new MimiGoldens();
        using var expected = golden.Codes("codes");

        var codes = MimiCodec.Encode(golden["input"], golden.Weights, 3);

        Assert.Equal(0, codes.ne(expected.narrow(1, 0, 3)).sum().item<long>());
    }

    [Fact]
    public void A_length_that_is_no_whole_frame_is_padded_once_at_the_input()
    {
        using var golden = new MimiGoldens();
        var odd = golden["input"].narrow(2, 0, 72_277);

        golden.AssertClose("odd.latent", MimiCodec.Latent(odd, golden.Weights), 1e-4);
        golden.AssertEqual("odd.codes", MimiCodec.Encode(odd, golden.Weights));
    }

    [Fact]
    public void The_released_window_of_250_positions_matches_beyond_its_length()
    {
        using var golden = new MimiGoldens(config: "config.w250.json", golden: "golden.w250.safetensors");
        using var input = new MimiGoldens();
        var twice = input["input"].repeat(1, 1, 2);

        golden.AssertClose("latent", MimiCodec.Latent(twice, golden.Weights), 1e-4);
        golden.AssertEqual("codes", MimiCodec.Encode(twice, golden.Weights));
        var audio = MimiCodec.Decode(golden.Codes("codes"), golden.Weights);
        golden.AssertClose("audio_from_frame_120", audio.narrow(2, 120 * MimiConfig.FrameSamples, 20 * MimiConfig.FrameSamples), 1e-5);
    }

    [Fact]
    public void Queries_taken_in_blocks_equal_one_block()
    {
        using var golden = new MimiGoldens();
        manual_seed(3);
        var x = randn(1, 32, 1_100); // three blocks

        var whole = MimiTransformers.Forward(x, golden.Weights.EncoderTransformer, golden.Weights.Config);
        var tail = MimiTransformers.Forward(x.narrow(2, 0, 500), golden.Weights.EncoderTransformer, golden.Weights.Config);

        Assert.True((whole.narrow(2, 0, 500) - tail).abs().max().item<float>() < 1e-5);
        // A query at the start of a block sees the keys of the block before it.
        var cut = MimiTransformers.Forward(x.narrow(2, 512, 588), golden.Weights.EncoderTransformer, golden.Weights.Config);
        Assert.True((whole.narrow(2, 512, 1) - cut.narrow(2, 0, 1)).abs().max().item<float>() > 1e-3);
    }

    [Fact]
    public void A_codebook_row_never_used_is_clamped_as_in_training()
    {
        using var golden = new MimiGoldens();
        using var expected = golden["codebook_vectors"];

        var actual = stack(golden.Weights.Codebooks);

        Assert.True((expected - actual).abs().max().item<float>() <= 1e-6 * expected.abs().max().item<float>());
    }

    [Fact]
    public void Autograd_reaches_every_parameter()
    {
        using var gradients = enable_grad();
        using var golden = new MimiGoldens();
        var leaves = new Dictionary<string, Tensor>();
        using var file = CsmAgent.Tensors.Safetensors.Checkpoint.Open(TestSupport.Fixtures.Path("mimi-tiny", "model.safetensors"));
        foreach (var (name, tensor) in MimiCheckpoint.LoadTensors(file, golden.Weights.Config))
        {
            leaves[name] = tensor.requires_grad_();
        }

        var weights = MimiWeights.Bind(golden.Weights.Config, name => leaves[name], golden.Weights.Codebooks);
        var latent = MimiCodec.Latent(golden["input"].narrow(2, 0, 8 * MimiConfig.FrameSamples), weights);
        var inner = nn.functional.conv1d(latent, weights.SemanticIn);
        var outer = nn.functional.conv1d(inner, weights.SemanticOut) + nn.functional.conv1d(nn.functional.conv1d(latent, weights.AcousticIn), weights.AcousticOut);
        MimiCodec.DecodeLatent(outer, weights).square().mean().backward();

        foreach (var (name, _) in MimiTensorNames.Parameters(weights.Config))
        {
            Assert.True(leaves[name].grad is { } gradient && gradient.abs().sum().item<float>() > 0, name);
        }
    }
}
