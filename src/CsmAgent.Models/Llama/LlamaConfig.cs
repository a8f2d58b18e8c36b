using CsmAgent.Models.Configuration;

namespace CsmAgent.Models.Llama;

/// <summary>Shape of a Llama-style decoder: pre-norm, grouped-query attention, SwiGLU, no biases.</summary>
public sealed record LlamaConfig
{
    /// <summary>Number of layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads; consecutive query heads share one.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one head, even.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Inner width of the feed-forward part.</summary>
    public required int FeedForwardWidth { get; init; }

    /// <summary>Positions the model was built for.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Added to the mean square in RMSNorm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Rotary embedding.</summary>
    public RopeConfig Rope { get; init; } = RopeConfig.Sesame;

    /// <summary>The key and value head that a query head shares.</summary>
    /// <param name="queryHead">From 0.</param>
    public int KeyValueHeadOf(int queryHead) => queryHead * KeyValueHeadCount / HeadCount;

    /// <summary>Rows of the query projection.</summary>
    public int QueryWidth => HeadCount * HeadWidth;

    /// <summary>Rows of the key and of the value projection.</summary>
    public int KeyValueWidth => KeyValueHeadCount * HeadWidth;

    /// <summary>Reads the fields transformers writes.</summary>
    /// <param name="config">The object that holds them.</param>
    /// <param name="maxPositions">Taken when <c>max_position_embeddings</c> is missing.</param>
    /// <exception cref="CsmAgent.Tensors.Safetensors.CheckpointException">A field is missing, out of range or contradicts another.</exception>
    public static LlamaConfig Read(ConfigObject config, int maxPositions)
    {
        config.RequireIfPresent("hidden_act", "\"silu\"");
        config.RequireIfPresent("attention_bias", "false");
        config.RequireIfPresent("mlp_bias", "false");
        var width = config.WholeNumber("hidden_size", 1, 1 << 16);
        var heads = config.WholeNumber("num_attention_heads", 1, 1024);
        var keyValueHeads = config.WholeNumber("num_key_value_heads", 1, 1024, heads);
        if (heads % keyValueHeads != 0)
        {
            throw config.Fault("num_key_value_heads", $"a divisor of num_attention_heads ({heads})", $"{keyValueHeads}");
        }

        var headWidth = config.WholeNumber("head_dim", 2, 1024, width / heads);
        return headWidth % 2 != 0
            ? throw config.Fault("head_dim", "an even number", $"{headWidth}")
            : new LlamaConfig
            {
                LayerCount = config.WholeNumber("num_hidden_layers", 1, 1024),
                Width = width,
                HeadCount = heads,
                KeyValueHeadCount = keyValueHeads,
                HeadWidth = headWidth,
                FeedForwardWidth = config.WholeNumber("intermediate_size", 1, 1 << 20),
                MaxPositions = config.WholeNumber("max_position_embeddings", 1, 1 << 17, maxPositions),
                NormEpsilon = config.Number("rms_norm_eps", 0, 1, 1e-5),
                Rope = RopeConfig.Read(config),
            };
    }
}
