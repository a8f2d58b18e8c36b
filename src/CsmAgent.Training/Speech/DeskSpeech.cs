using System.Text.Json;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using static TorchSharp.torch;

namespace CsmAgent.Training.Speech;

/// <summary>Small speech models: shape, fresh weights, files.</summary>
public static class DeskSpeech
{
    /// <summary>The file name beside <c>config.json</c>.</summary>
    public const string FileName = "model.safetensors";

    private static readonly JsonSerializerOptions WriteOptions = new() { WriteIndented = true };

    /// <summary>The desk voice's model: 7.6 M weights for a codec of 8 codebooks of 512, bytes for text.</summary>
    /// <param name="codebooks">The codec's codebooks.</param>
    /// <param name="codebookSize">Entries of each.</param>
    /// <param name="positions">Rows it may hold: as many as it learns with.</param>
    public static CsmConfig Config(int codebooks, int codebookSize, int positions) => new()
    {
        TextVocabularySize = 260,
        AudioVocabularySize = codebookSize + 3,
        CodebookCount = codebooks,
        Backbone = Llama(width: 256, layers: 6, heads: 4, feedForward: 704, positions),
        Depth = Llama(width: 160, layers: 3, heads: 4, feedForward: 448, positions: codebooks + 1),
    };

    /// <summary>Fresh weights: embeddings small, projections of unit gain, what adds to the residual stream weak.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <returns>Tensors by name; owned by the current dispose scope.</returns>
    public static IEnumerable<(string Name, Tensor Value)> Fresh(CsmConfig config, int seed)
    {
        using var generator = new Generator((ulong)seed);
        foreach (var (name, shape) in CsmTensorNames.Shapes(config))
        {
            yield return (name, Initial(name, [.. shape], generator));
        }
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c> under transformers' names.</summary>
    /// <param name="folder">Where; made if missing.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="tensors">Every parameter once; borrowed. Stored in bfloat16.</param>
    /// <param name="metadata">Notes for the header.</param>
    public static void Save(string folder, CsmConfig config, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Directory.CreateDirectory(folder);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            Path.Combine(folder, FileName), tensors.Select(entry => StoredTensor.Of(entry.Key, entry.Value.to(ScalarType.BFloat16))), metadata);
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(Json(config), WriteOptions) + "\n");
    }

    private static Tensor Initial(string name, long[] shape, Generator generator)
    {
        if (shape.Length == 1)
        {
            return ones(shape);
        }

        var isTable = name is CsmTensorNames.TextTable or CsmTensorNames.AudioTable;
        var fanIn = name == CsmTensorNames.DepthHeads ? shape[1] : shape[^1];
        var scale = isTable ? 0.02 : 0.7 / Math.Sqrt(fanIn);
        if (name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal))
        {
            scale *= 0.3;
        }

        return randn(shape, generator: generator) * Constant.Of(scale);
    }

    private static LlamaConfig Llama(int width, int layers, int heads, int feedForward, int positions) => new()
    {
        Width = width,
        LayerCount = layers,
        HeadCount = heads,
        // Small models gain from keys of their own for every head: one of them reads the text, the others listen.
        KeyValueHeadCount = heads,
        HeadWidth = width / heads,
        FeedForwardWidth = feedForward,
        MaxPositions = positions,
    };

    private static SortedDictionary<string, object> Json(CsmConfig config)
    {
        var fields = Json(config.Backbone);
        var depth = Json(config.Depth);
        depth["model_type"] = "csm_depth_decoder_model";
        depth["num_codebooks"] = config.CodebookCount;
        depth["vocab_size"] = config.AudioVocabularySize;
        depth["backbone_hidden_size"] = config.Backbone.Width;
        fields["model_type"] = "csm";
        fields["architectures"] = new[] { "CsmForConditionalGeneration" };
        fields["num_codebooks"] = config.CodebookCount;
        fields["vocab_size"] = config.AudioVocabularySize;
        fields["text_vocab_size"] = config.TextVocabularySize;
        fields["codebook_eos_token_id"] = 0;
        fields["codebook_pad_token_id"] = config.AudioVocabularySize - 1;
        fields["bos_token_id"] = 256;
        fields["audio_token_id"] = 258;
        fields["audio_eos_token_id"] = 259;
        fields["tie_codebooks_embeddings"] = true;
        fields["depth_decoder_config"] = depth;
        if (config.AlignmentHead is { } head)
        {
            fields["alignment_head"] = new SortedDictionary<string, object>(StringComparer.Ordinal) { ["layer"] = head.Layer, ["head"] = head.Head };
        }

        return fields;
    }

    private static SortedDictionary<string, object> Json(LlamaConfig config) => new(StringComparer.Ordinal)
    {
        ["attention_bias"] = false,
        ["mlp_bias"] = false,
        ["hidden_act"] = "silu",
        ["hidden_size"] = config.Width,
        ["num_hidden_layers"] = config.LayerCount,
        ["num_attention_heads"] = config.HeadCount,
        ["num_key_value_heads"] = config.KeyValueHeadCount,
        ["head_dim"] = config.HeadWidth,
        ["intermediate_size"] = config.FeedForwardWidth,
        ["max_position_embeddings"] = config.MaxPositions,
        ["rms_norm_eps"] = config.NormEpsilon,
        ["rope_theta"] = config.Rope.Base,
        ["rope_scaling"] = new SortedDictionary<string, object>(StringComparer.Ordinal)
        {
            ["rope_type"] = "llama3",
            ["factor"] = config.Rope.Factor,
            ["low_freq_factor"] = config.Rope.LowFrequencyFactor,
            ["high_freq_factor"] = config.Rope.HighFrequencyFactor,
            ["original_max_position_embeddings"] = config.Rope.OriginalContext,
        },
    };
}
