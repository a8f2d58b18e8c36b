using CsmAgent.Models.Configuration;
using CsmAgent.Models.Llama;

namespace CsmAgent.Models.Csm;

/// <summary>
/// Shape of a CSM: a backbone over frames and a depth decoder over the codebooks of one frame. A row of its input has one
/// column per codebook and a last one for text.
/// </summary>
public sealed record CsmConfig
{
    /// <summary>Rows of the text table.</summary>
    public required int TextVocabularySize { get; init; }

    /// <summary>Ids per codebook: the codec's entries and a few more.</summary>
    public required int AudioVocabularySize { get; init; }

    /// <summary>Codebooks per frame, semantic first.</summary>
    public required int CodebookCount { get; init; }

    /// <summary>The decoder over frames.</summary>
    public required LlamaConfig Backbone { get; init; }

    /// <summary>The decoder over codebooks; position 0 is the backbone's hidden vector, position p the code before codebook p.</summary>
    public required LlamaConfig Depth { get; init; }

    /// <summary>A head of the backbone that looks at the text being spoken; null for a model in which none was taught to.</summary>
    public AttentionHead? AlignmentHead { get; init; }

    /// <summary>Columns of an input row: the codebooks and the text column.</summary>
    public int ColumnCount => CodebookCount + 1;

    /// <summary>Rows of the audio table all codebooks share: row = codebook · audio vocabulary + code.</summary>
    public int AudioTableRows => CodebookCount * AudioVocabularySize;

    /// <summary>Numbers in a model of this shape.</summary>
    public long ParameterCount => CsmTensorNames.Shapes(this).Values.Sum(shape => shape.Aggregate(1L, (count, size) => count * size));

    /// <summary>Reads <c>config.json</c> as transformers writes it (either spelling of RoPE) or as Sesame does (flavours).</summary>
    /// <param name="file">Path of the file.</param>
    /// <exception cref="CsmAgent.Tensors.Safetensors.CheckpointException">A field is missing, out of range or contradicts another.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CsmConfig Open(string file) => Read(ConfigObject.Open(file));

    /// <summary>Reads the root object of <c>config.json</c>.</summary>
    /// <param name="config">The root object.</param>
    /// <exception cref="CsmAgent.Tensors.Safetensors.CheckpointException">A field is missing, out of range or contradicts another.</exception>
    public static CsmConfig Read(ConfigObject config) =>
        !config.Has("hidden_size") && config.Has("backbone_flavor") ? ReadSesame(config) : ReadTransformers(config);

    private static CsmConfig ReadTransformers(ConfigObject config)
    {
        config.RequireIfPresent("model_type", "\"csm\"");
        config.RequireIfPresent("tie_codebooks_embeddings", "true");
        var codebooks = config.WholeNumber("num_codebooks", 2, 256);
        var vocabulary = config.WholeNumber("vocab_size", 2, 1 << 20);
        var backbone = LlamaConfig.Read(config, maxPositions: 2048);
        var depth = config.Child("depth_decoder_config");
        RequireSame(depth, "num_codebooks", codebooks);
        RequireSame(depth, "vocab_size", vocabulary);
        RequireSame(depth, "backbone_hidden_size", backbone.Width);
        var depthDecoder = LlamaConfig.Read(depth, maxPositions: codebooks + 1);
        return depthDecoder.MaxPositions < codebooks
            ? throw depth.Fault("max_position_embeddings", $"at least num_codebooks ({codebooks})", $"{depthDecoder.MaxPositions}")
            : new CsmConfig
            {
                TextVocabularySize = config.WholeNumber("text_vocab_size", 1, 1 << 24),
                AudioVocabularySize = vocabulary,
                CodebookCount = codebooks,
                Backbone = backbone,
                Depth = depthDecoder,
                AlignmentHead = ReadAlignmentHead(config, backbone),
            };
    }

    // Our own trainer's field: transformers leaves it alone.
    private static AttentionHead? ReadAlignmentHead(ConfigObject config, LlamaConfig backbone) => config.TryChild("alignment_head") is { } head
        ? new(head.WholeNumber("layer", 0, backbone.LayerCount - 1), head.WholeNumber("head", 0, backbone.HeadCount - 1))
        : null;

    private static CsmConfig ReadSesame(ConfigObject config)
    {
        var codebooks = config.WholeNumber("audio_num_codebooks", 2, 256);
        return new CsmConfig
        {
            TextVocabularySize = config.WholeNumber("text_vocab_size", 1, 1 << 24),
            AudioVocabularySize = config.WholeNumber("audio_vocab_size", 2, 1 << 20),
            CodebookCount = codebooks,
            Backbone = Flavour(config, "backbone_flavor", 2048),
            Depth = Flavour(config, "decoder_flavor", codebooks + 1),
        };
    }

    private static LlamaConfig Flavour(ConfigObject config, string field, int maxPositions) => config.TryText(field) switch
    {
        "llama-100M" => Llama(4, 1024, 8, 2, 8192, maxPositions),
        "llama-1B" => Llama(16, 2048, 32, 8, 8192, maxPositions),
        "llama-3B" => Llama(28, 3072, 24, 8, 8192, maxPositions),
        "llama-8B" => Llama(32, 4096, 32, 8, 14336, maxPositions),
        var other => throw config.Fault(
            field, "llama-100M, llama-1B, llama-3B or llama-8B (write other sizes as transformers does, field by field)", other ?? "nothing"),
    };

    private static LlamaConfig Llama(int layers, int width, int heads, int keyValueHeads, int feedForward, int maxPositions) => new()
    {
        LayerCount = layers,
        Width = width,
        HeadCount = heads,
        KeyValueHeadCount = keyValueHeads,
        HeadWidth = width / heads,
        FeedForwardWidth = feedForward,
        MaxPositions = maxPositions,
    };

    private static void RequireSame(ConfigObject depth, string field, int value)
    {
        if (depth.WholeNumber(field, 1, int.MaxValue, value) is var found && found != value)
        {
            throw depth.Fault(field, $"{value}, as for the backbone", $"{found}");
        }
    }
}
