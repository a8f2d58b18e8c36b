using CsmAgent.Models.Llama;

namespace CsmAgent.Models.Csm;

/// <summary>Names of CSM's tensors. Ours are those of transformers; the other copy of the audio table and Sesame's names lead to them.</summary>
public static class CsmTensorNames
{
    /// <summary>[text vocabulary, width].</summary>
    public const string TextTable = "embed_text_tokens.weight";

    /// <summary>[codebooks · audio vocabulary, width], shared by both decoders.</summary>
    public const string AudioTable = "backbone_model.embed_tokens.embed_audio_tokens.weight";

    /// <summary>The second copy of <see cref="AudioTable"/> in transformers' files.</summary>
    public const string AudioTableCopy = "depth_decoder.model.embed_tokens.weight";

    /// <summary>[audio vocabulary, width]: logits of codebook 0.</summary>
    public const string CodebookZeroHead = "lm_head.weight";

    /// <summary>[codebooks − 1, depth width, audio vocabulary], multiplied from the right.</summary>
    public const string DepthHeads = "depth_decoder.codebooks_head.weight";

    /// <summary>[depth width, width]: everything that enters the depth decoder passes it.</summary>
    public const string DepthProjection = "depth_decoder.model.inputs_embeds_projector.weight";

    /// <summary>Prefix of the backbone's layers and norm.</summary>
    public const string BackbonePrefix = "backbone_model.";

    /// <summary>Prefix of the depth decoder's layers and norm.</summary>
    public const string DepthPrefix = "depth_decoder.model.";

    /// <summary>Every parameter once, with its shape.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(CsmConfig config)
    {
        var (width, depthWidth, vocabulary) = (config.Backbone.Width, config.Depth.Width, config.AudioVocabularySize);
        var shapes = new Dictionary<string, IReadOnlyList<long>>(StringComparer.Ordinal)
        {
            [TextTable] = [config.TextVocabularySize, width],
            [AudioTable] = [config.AudioTableRows, width],
            [CodebookZeroHead] = [vocabulary, width],
            [DepthHeads] = [config.CodebookCount - 1, depthWidth, vocabulary],
            [DepthProjection] = [depthWidth, width],
        };
        LlamaTensorNames.AddShapes(shapes, BackbonePrefix, config.Backbone);
        LlamaTensorNames.AddShapes(shapes, DepthPrefix, config.Depth);
        return shapes;
    }

    /// <summary>Sesame's name of one of our names.</summary>
    /// <exception cref="ArgumentException">Not one of our names.</exception>
    public static string ToSesame(string name) => name switch
    {
        TextTable => "text_embeddings.weight",
        AudioTable => "audio_embeddings.weight",
        CodebookZeroHead => "codebook0_head.weight",
        DepthHeads => "audio_head",
        DepthProjection => "projection.weight",
        _ when name.StartsWith(BackbonePrefix, StringComparison.Ordinal) => "backbone." + LlamaTensorNames.ToTorchtune(name[BackbonePrefix.Length..]),
        _ when name.StartsWith(DepthPrefix, StringComparison.Ordinal) => "decoder." + LlamaTensorNames.ToTorchtune(name[DepthPrefix.Length..]),
        _ => throw new ArgumentException($"'{name}' is no tensor of CSM.", nameof(name)),
    };
}
