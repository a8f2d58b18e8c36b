namespace CsmAgent.Models.Mimi;

/// <summary>How the released Kyutai file (moshi's modules) spells the tensors that <see cref="MimiTensorNames"/> lists.</summary>
internal static class MimiMoshiNames
{
    private static readonly (string Canonical, string[] Moshi)[] LayerParts =
    [
        ("self_attn.o_proj.weight", ["self_attn.out_proj.weight", "self_attn.out_projs.0.weight"]),
        ("self_attn_layer_scale.scale", ["layer_scale_1.scale"]),
        ("mlp_layer_scale.scale", ["layer_scale_2.scale"]),
        ("post_attention_layernorm.", ["norm2."]),
        ("input_layernorm.", ["norm1."]),
        ("mlp.fc1.weight", ["linear1.weight"]),
        ("mlp.fc2.weight", ["linear2.weight"]),
    ];

    private static readonly string[] PackedProjections = ["self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"];

    /// <summary>The spellings under which a tensor may be stored, the usual one first, and its place in a packed q, k, v tensor
    /// (0, 1, 2; null if it is stored by itself).</summary>
    public static (string[] Names, int? Packed) Spellings(string canonical, MimiConfig config)
    {
        if (canonical.Contains("_transformer.layers.", StringComparison.Ordinal))
        {
            return TransformerSpellings(canonical.Replace("_transformer.layers.", "_transformer.transformer.layers.", StringComparison.Ordinal));
        }

        if (canonical.StartsWith("quantizer.", StringComparison.Ordinal))
        {
            return (QuantizerSpellings(canonical), null);
        }

        return ([ConvolutionSpelling(canonical, config)], null);
    }

    private static (string[] Names, int? Packed) TransformerSpellings(string name)
    {
        var packed = Array.FindIndex(PackedProjections, part => name.EndsWith(part, StringComparison.Ordinal));
        if (packed >= 0)
        {
            var layer = name[..^PackedProjections[packed].Length];
            return ([layer + "self_attn.in_proj_weight", layer + "self_attn.in_projs.0.weight"], packed);
        }

        var (canonical, moshi) = Array.Find(LayerParts, part => name.Contains(part.Canonical, StringComparison.Ordinal));
        return ([.. moshi.Select(part => name.Replace(canonical, part, StringComparison.Ordinal))], null);
    }

    private static string[] QuantizerSpellings(string canonical)
    {
        var name = canonical
            .Replace(MimiTensorNames.Semantic, "quantizer.rvq_first", StringComparison.Ordinal)
            .Replace(MimiTensorNames.Acoustic, "quantizer.rvq_rest", StringComparison.Ordinal)
            .Replace(".layers.", ".vq.layers.", StringComparison.Ordinal)
            .Replace(".codebook.", "._codebook.", StringComparison.Ordinal);
        (string Part, string[] Spellings)[] buffers =
        [
            ("embed_sum", ["embedding_sum", "embed_sum", "embed_avg"]),
            ("cluster_usage", ["cluster_usage", "cluster_size"]),
            ("initialized", ["_initialized", "inited"]),
        ];
        var (part, spellings) = Array.Find(buffers, buffer => name.EndsWith("." + buffer.Part, StringComparison.Ordinal));
        return part is null ? [name] : [.. spellings.Select(spelling => name[..^part.Length] + spelling)];
    }

    private static string ConvolutionSpelling(string canonical, MimiConfig config)
    {
        var name = canonical.Replace(".layers.", ".model.", StringComparison.Ordinal);
        var inner = canonical switch
        {
            "downsample.conv.weight" => ".conv.conv.conv.",
            "upsample.conv.weight" => ".convtr.convtr.convtr.",
            _ => IsTransposed(canonical, config) ? ".convtr.convtr." : ".conv.conv.",
        };
        return name.Replace(".conv.", inner, StringComparison.Ordinal);
    }

    private static bool IsTransposed(string canonical, MimiConfig config)
    {
        var parts = canonical.Split('.');
        var stage = config.ResidualLayers + 2; // activation, transposed convolution, residual units
        return parts is ["decoder", "layers", var index, "conv", _]
            && int.Parse(index) is var i && i > 0 && (i - 2) % stage == 0 && (i - 2) / stage < config.UpsamplingRatios.Count;
    }
}
