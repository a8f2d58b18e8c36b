using CsmAgent.Tensors.Native;
using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi;

/// <summary>The numbers of one Mimi codec, bound to their places. Read-only; shared by any number of sessions.</summary>
public sealed class MimiWeights : IDisposable
{
    private readonly IReadOnlyList<Tensor> _owned;

    private MimiWeights(MimiConfig config, Func<string, Tensor> tensor, IReadOnlyList<Tensor> codebooks, IReadOnlyList<Tensor> owned)
    {
        Config = config;
        Codebooks = codebooks;
        _owned = owned;
        Encoder = BindEncoder(config, tensor);
        Decoder = BindDecoder(config, tensor);
        EncoderTransformer = BindTransformer("encoder_transformer", config, tensor);
        DecoderTransformer = BindTransformer("decoder_transformer", config, tensor);
        Downsample = new(tensor("downsample.conv.weight"), null, MimiConfig.PositionsPerFrame);
        Upsample = new(tensor("upsample.conv.weight"), null, MimiConfig.PositionsPerFrame, Groups: config.UpsampleGroups);
        SemanticIn = tensor(MimiTensorNames.Semantic + ".input_proj.weight");
        SemanticOut = tensor(MimiTensorNames.Semantic + ".output_proj.weight");
        AcousticIn = tensor(MimiTensorNames.Acoustic + ".input_proj.weight");
        AcousticOut = tensor(MimiTensorNames.Acoustic + ".output_proj.weight");
    }

    /// <summary>The codec's shape.</summary>
    public MimiConfig Config { get; }

    /// <summary>Waveform to 25 Hz.</summary>
    public MimiSeanet Encoder { get; }

    /// <summary>25 Hz to waveform.</summary>
    public MimiSeanet Decoder { get; }

    /// <summary>Layers after the encoder's convolutions.</summary>
    public IReadOnlyList<MimiTransformerLayer> EncoderTransformer { get; }

    /// <summary>Layers before the decoder's convolutions.</summary>
    public IReadOnlyList<MimiTransformerLayer> DecoderTransformer { get; }

    /// <summary>25 to 12.5 Hz; its history before the first sample repeats that sample.</summary>
    public MimiConvolution Downsample { get; }

    /// <summary>12.5 to 25 Hz, transposed.</summary>
    public MimiConvolution Upsample { get; }

    /// <summary>(d, D, 1): latent to the semantic codebook's space.</summary>
    public Tensor SemanticIn { get; }

    /// <summary>(D, d, 1): semantic vector to latent.</summary>
    public Tensor SemanticOut { get; }

    /// <summary>(d, D, 1): latent to the acoustic codebooks' space.</summary>
    public Tensor AcousticIn { get; }

    /// <summary>(D, d, 1): sum of acoustic vectors to latent.</summary>
    public Tensor AcousticOut { get; }

    /// <summary>Codebook vectors, each (entries, d) in f32; index 0 is semantic.</summary>
    public IReadOnlyList<Tensor> Codebooks { get; }

    /// <summary>Binds tensors that stay the caller's: a view of weights under training, or another precision of them.</summary>
    /// <param name="config">The codec's shape.</param>
    /// <param name="tensor">Finds a tensor by its canonical name (<see cref="MimiTensorNames"/>); borrowed.</param>
    /// <param name="codebooks">Codebook vectors, semantic first; borrowed.</param>
    public static MimiWeights Bind(MimiConfig config, Func<string, Tensor> tensor, IReadOnlyList<Tensor> codebooks) =>
        new(config, tensor, codebooks, []);

    /// <summary>Binds a complete set of tensors under canonical names and takes them over.</summary>
    /// <param name="config">The codec's shape.</param>
    /// <param name="tensors">Parameters and codebooks (<see cref="MimiTensorNames"/>); owned by the result, which frees them.</param>
    public static MimiWeights Own(MimiConfig config, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var codebooks = Enumerable.Range(0, config.Codebooks).Select(k =>
        {
            var prefix = MimiTensorNames.CodebookPrefix(k);
            return CodebookVectors(tensors[prefix + "embed_sum"], tensors[prefix + "cluster_usage"]);
        }).ToList();
        return new(config, name => tensors[name], codebooks, [.. tensors.Values, .. codebooks]);
    }

    /// <summary>Codebook vectors from the running sums that checkpoints store.</summary>
    /// <param name="embedSum">(entries, d); borrowed.</param>
    /// <param name="clusterUsage">(entries); borrowed. Unused entries are clamped to 1e-5, as training does.</param>
    /// <returns>(entries, d), f32, owned by the caller and by no dispose scope.</returns>
    public static Tensor CodebookVectors(Tensor embedSum, Tensor clusterUsage)
    {
        using var usage = clusterUsage.clamp(min: Constant.Of(1e-5)).unsqueeze(1);
        return (embedSum / usage).DetachFromDisposeScope();
    }

    /// <summary>Frees the tensors this object owns; tensors given to <see cref="Bind"/> stay alive.</summary>
    public void Dispose()
    {
        foreach (var tensor in _owned)
        {
            tensor.Dispose();
        }
    }

    private static MimiConvolution Convolution(Func<string, Tensor> tensor, string name, int stride = 1, int dilation = 1) =>
        new(tensor(name + ".conv.weight"), tensor(name + ".conv.bias"), stride, dilation);

    private static MimiResidualUnit Residual(Func<string, Tensor> tensor, string name, int dilation) =>
        new(Convolution(tensor, name + ".block.1", 1, dilation), Convolution(tensor, name + ".block.3"));

    private static List<MimiResidualUnit> Residuals(MimiConfig config, Func<string, Tensor> tensor, string side, ref int index)
    {
        var units = new List<MimiResidualUnit>();
        for (int unit = 0, dilation = 1; unit < config.ResidualLayers; unit++, dilation *= config.DilationGrowthRate)
        {
            units.Add(Residual(tensor, $"{side}.layers.{index++}", dilation));
        }

        return units;
    }

    private static MimiSeanet BindEncoder(MimiConfig config, Func<string, Tensor> tensor)
    {
        var index = 0;
        var first = Convolution(tensor, $"encoder.layers.{index++}");
        var stages = new List<MimiSeanetStage>();
        foreach (var ratio in config.UpsamplingRatios.Reverse())
        {
            var units = Residuals(config, tensor, "encoder", ref index);
            index++; // the activation
            stages.Add(new(units, Convolution(tensor, $"encoder.layers.{index++}", ratio)));
        }

        return new(first, stages, Convolution(tensor, $"encoder.layers.{index + 1}"));
    }

    private static MimiSeanet BindDecoder(MimiConfig config, Func<string, Tensor> tensor)
    {
        var index = 0;
        var first = Convolution(tensor, $"decoder.layers.{index++}");
        var stages = new List<MimiSeanetStage>();
        foreach (var ratio in config.UpsamplingRatios)
        {
            index++; // the activation
            var resample = Convolution(tensor, $"decoder.layers.{index++}", ratio);
            stages.Add(new(Residuals(config, tensor, "decoder", ref index), resample));
        }

        return new(first, stages, Convolution(tensor, $"decoder.layers.{index + 1}"));
    }

    private static List<MimiTransformerLayer> BindTransformer(string name, MimiConfig config, Func<string, Tensor> tensor) =>
        [.. Enumerable.Range(0, config.TransformerLayers).Select(layer =>
        {
            Tensor Part(string part) => tensor($"{name}.layers.{layer}.{part}");
            return new MimiTransformerLayer(
                Part("input_layernorm.weight"), Part("input_layernorm.bias"),
                Part("self_attn.q_proj.weight"), Part("self_attn.k_proj.weight"), Part("self_attn.v_proj.weight"), Part("self_attn.o_proj.weight"),
                Part("self_attn_layer_scale.scale"),
                Part("post_attention_layernorm.weight"), Part("post_attention_layernorm.bias"),
                Part("mlp.fc1.weight"), Part("mlp.fc2.weight"), Part("mlp_layer_scale.scale"));
        })];
}
