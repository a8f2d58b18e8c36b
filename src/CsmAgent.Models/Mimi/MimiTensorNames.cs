namespace CsmAgent.Models.Mimi;

/// <summary>Every tensor of a Mimi checkpoint: its name as transformers spells it (our canonical spelling) and its shape.</summary>
public static class MimiTensorNames
{
    /// <summary>The vector quantiser of codebook 0.</summary>
    public const string Semantic = "quantizer.semantic_residual_vector_quantizer";

    /// <summary>The residual vector quantiser of the other codebooks.</summary>
    public const string Acoustic = "quantizer.acoustic_residual_vector_quantizer";

    /// <summary>The learnt tensors, codebooks excluded, in a fixed order.</summary>
    /// <param name="config">The codec's shape.</param>
    public static IEnumerable<(string Name, long[] Shape)> Parameters(MimiConfig config) =>
    [
        .. Encoder(config), .. Transformer("encoder_transformer", config),
        ("downsample.conv.weight", [config.HiddenSize, config.HiddenSize, 4]),
        .. Projections(Semantic, config), .. Projections(Acoustic, config),
        ("upsample.conv.weight", [config.HiddenSize, config.HiddenSize / config.UpsampleGroups, 4]),
        .. Transformer("decoder_transformer", config), .. Decoder(config),
    ];

    /// <summary>The codebook tensors: vector = <c>embed_sum</c> / max(<c>cluster_usage</c>, 1e-5), row by row.</summary>
    /// <param name="config">The codec's shape.</param>
    public static IEnumerable<(string Name, long[] Shape)> Codebooks(MimiConfig config)
    {
        for (var k = 0; k < config.Codebooks; k++)
        {
            var prefix = CodebookPrefix(k);
            yield return (prefix + "cluster_usage", [config.CodebookSize]);
            yield return (prefix + "embed_sum", [config.CodebookSize, config.CodebookDimension]);
            yield return (prefix + "initialized", [1]);
        }
    }

    /// <summary>What the names of codebook <paramref name="codebook"/> begin with.</summary>
    /// <param name="codebook">0 is the semantic one.</param>
    public static string CodebookPrefix(int codebook) => codebook == 0
        ? $"{Semantic}.layers.0.codebook."
        : $"{Acoustic}.layers.{codebook - 1}.codebook.";

    private static IEnumerable<(string Name, long[] Shape)> Encoder(MimiConfig c)
    {
        long width = c.Filters;
        var index = 0;
        IEnumerable<(string, long[])> result = Convolution($"encoder.layers.{index++}", width, 1, c.KernelSize);
        foreach (var ratio in c.UpsamplingRatios.Reverse())
        {
            for (var unit = 0; unit < c.ResidualLayers; unit++)
            {
                result = result.Concat(Residual($"encoder.layers.{index++}", width, c));
            }

            index++; // the activation
            result = result.Concat(Convolution($"encoder.layers.{index++}", width * 2, width, ratio * 2));
            width *= 2;
        }

        index++;
        return result.Concat(Convolution($"encoder.layers.{index}", c.HiddenSize, width, c.LastKernelSize));
    }

    private static IEnumerable<(string Name, long[] Shape)> Decoder(MimiConfig c)
    {
        long width = (long)c.Filters << c.UpsamplingRatios.Count;
        var index = 0;
        IEnumerable<(string, long[])> result = Convolution($"decoder.layers.{index++}", width, c.HiddenSize, c.KernelSize);
        foreach (var ratio in c.UpsamplingRatios)
        {
            index++; // the activation
            var name = $"decoder.layers.{index++}";
            // A transposed convolution stores (in, out, kernel).
            result = result.Concat([(name + ".conv.weight", [width, width / 2, ratio * 2]), (name + ".conv.bias", [width / 2])]);
            width /= 2;
            for (var unit = 0; unit < c.ResidualLayers; unit++)
            {
                result = result.Concat(Residual($"decoder.layers.{index++}", width, c));
            }
        }

        index++;
        return result.Concat(Convolution($"decoder.layers.{index}", 1, width, c.LastKernelSize));
    }

    private static IEnumerable<(string Name, long[] Shape)> Residual(string name, long width, MimiConfig c) =>
        Convolution(name + ".block.1", width / c.Compress, width, c.ResidualKernelSize)
            .Concat(Convolution(name + ".block.3", width, width / c.Compress, 1));

    private static IEnumerable<(string Name, long[] Shape)> Convolution(string name, long output, long input, long kernel) =>
        [(name + ".conv.weight", [output, input, kernel]), (name + ".conv.bias", [output])];

    private static IEnumerable<(string Name, long[] Shape)> Projections(string name, MimiConfig c) =>
        [(name + ".input_proj.weight", [c.CodebookDimension, c.HiddenSize, 1]),
         (name + ".output_proj.weight", [c.HiddenSize, c.CodebookDimension, 1])];

    private static IEnumerable<(string Name, long[] Shape)> Transformer(string name, MimiConfig c)
    {
        long width = c.HiddenSize, heads = (long)c.Heads * c.HeadDimension, inner = c.FeedForwardSize;
        for (var layer = 0; layer < c.TransformerLayers; layer++)
        {
            var p = $"{name}.layers.{layer}.";
            yield return (p + "input_layernorm.weight", [width]);
            yield return (p + "input_layernorm.bias", [width]);
            yield return (p + "self_attn.q_proj.weight", [heads, width]);
            yield return (p + "self_attn.k_proj.weight", [heads, width]);
            yield return (p + "self_attn.v_proj.weight", [heads, width]);
            yield return (p + "self_attn.o_proj.weight", [width, heads]);
            yield return (p + "self_attn_layer_scale.scale", [width]);
            yield return (p + "post_attention_layernorm.weight", [width]);
            yield return (p + "post_attention_layernorm.bias", [width]);
            yield return (p + "mlp.fc1.weight", [inner, width]);
            yield return (p + "mlp.fc2.weight", [width, inner]);
            yield return (p + "mlp_layer_scale.scale", [width]);
        }
    }
}
