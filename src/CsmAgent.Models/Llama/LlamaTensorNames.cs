namespace CsmAgent.Models.Llama;

/// <summary>Names and shapes of a Llama-style decoder's tensors, in transformers' spelling and in torchtune's.</summary>
public static class LlamaTensorNames
{
    private static readonly (string Transformers, string Torchtune)[] LayerNames =
    [
        ("input_layernorm.weight", "sa_norm.scale"),
        ("self_attn.q_proj.weight", "attn.q_proj.weight"),
        ("self_attn.k_proj.weight", "attn.k_proj.weight"),
        ("self_attn.v_proj.weight", "attn.v_proj.weight"),
        ("self_attn.o_proj.weight", "attn.output_proj.weight"),
        ("post_attention_layernorm.weight", "mlp_norm.scale"),
        ("mlp.gate_proj.weight", "mlp.w1.weight"),
        ("mlp.up_proj.weight", "mlp.w3.weight"),
        ("mlp.down_proj.weight", "mlp.w2.weight"),
    ];

    /// <summary>Adds all names and shapes of one decoder.</summary>
    /// <param name="shapes">Where they go.</param>
    /// <param name="prefix">What stands before <c>layers.0…</c>.</param>
    /// <param name="config">The decoder's shape.</param>
    public static void AddShapes(IDictionary<string, IReadOnlyList<long>> shapes, string prefix, LlamaConfig config)
    {
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            foreach (var (name, _) in LayerNames)
            {
                shapes[$"{prefix}layers.{layer}.{name}"] = name switch
                {
                    "self_attn.q_proj.weight" => [config.QueryWidth, config.Width],
                    "self_attn.k_proj.weight" or "self_attn.v_proj.weight" => [config.KeyValueWidth, config.Width],
                    "self_attn.o_proj.weight" => [config.Width, config.QueryWidth],
                    "mlp.gate_proj.weight" or "mlp.up_proj.weight" => [config.FeedForwardWidth, config.Width],
                    "mlp.down_proj.weight" => [config.Width, config.FeedForwardWidth],
                    _ => [config.Width],
                };
            }
        }

        shapes[$"{prefix}norm.weight"] = [config.Width];
    }

    /// <summary>Torchtune's spelling of a name without prefix.</summary>
    /// <exception cref="ArgumentException">Not a name of such a decoder.</exception>
    public static string ToTorchtune(string name)
    {
        if (name == "norm.weight")
        {
            return "norm.scale";
        }

        foreach (var (transformers, torchtune) in LayerNames)
        {
            if (name.StartsWith("layers.", StringComparison.Ordinal) && name.EndsWith("." + transformers, StringComparison.Ordinal))
            {
                return string.Concat(name.AsSpan(0, name.Length - transformers.Length), torchtune);
            }
        }

        throw new ArgumentException($"'{name}' is no tensor of a Llama decoder.", nameof(name));
    }
}
