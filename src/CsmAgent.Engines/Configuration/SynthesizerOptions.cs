using System.ComponentModel.DataAnnotations;
using CsmAgent.Tensors.Sampling;

namespace CsmAgent.Engines.Configuration;

/// <summary>What speaks; section <c>Synthesizer</c>.</summary>
public sealed class SynthesizerOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string Section = "Synthesizer";

    /// <summary><c>csm</c> (a CSM checkpoint and its Mimi, default: the desk voice) or <c>flite</c> (the bootstrap voice, which needs no model and hears no context).</summary>
    [Required, AllowedValues("flite", "csm")]
    public string Engine { get; set; } = "csm";

    /// <summary>The flite voice that stands in; <c>slt</c> by default.</summary>
    [Required, AllowedValues("slt", "rms", "awb", "kal16")]
    public string FliteVoice { get; set; } = "slt";

    /// <summary>The voice pack when a conversation names none; null (default) for <see cref="FliteVoice"/>, or <c>neutral</c> with a CSM, which
    /// without a prompt speaks with any voice it has learnt.</summary>
    public string? Voice { get; set; }

    /// <summary>CSM's folder: <c>config.json</c>, weights, tokenizer. Relative paths begin at the installation; <c>voices/desk/csm</c> by default.</summary>
    [Required]
    public string ModelFolder { get; set; } = "voices/desk/csm";

    /// <summary>How the model's numbers are kept: <c>float32</c>, <c>bfloat16</c>, <c>float16</c> (not on <c>cpu</c>), and on <c>cpu</c>
    /// <c>int8</c>, <c>mixed</c> (the backbone, which decides what is said, in int8 over a depth decoder in int4) or <c>int4</c>.
    /// <c>auto</c> (default) is int8 on <c>cpu</c>, bfloat16 on <c>cuda</c>, float16 on <c>mps</c>.</summary>
    [Required, AllowedValues("auto", "float32", "bfloat16", "float16", "int8", "mixed", "int4")]
    public string Precision { get; set; } = "auto";

    /// <summary>Where a CSM of 100 million parameters or more keeps its packed weights and prefilled voice prompts; null (default)
    /// keeps them beside its weights. If given, smaller models keep theirs too.</summary>
    public string? CacheFolder { get; set; }

    /// <summary>Threads of the model; 0 (default) takes the machine's cores, at most 64.</summary>
    [Range(0, 64)]
    public int Threads { get; set; }

    /// <summary>The most positions of context; 0 (default) takes all the model has, at most 131072.</summary>
    [Range(0, 131_072)]
    public int PositionLimit { get; set; }

    /// <summary>Temperature when neither request nor voice says another, 0 to 2; null (default) takes the model's, which stands in its
    /// <c>generation_config.json</c> or is 0.9.</summary>
    [Range(0.0, 2.0)]
    public double? Temperature { get; set; }

    /// <summary>Codes to choose among when neither request nor voice says, 1 to 2051; null (default) takes the model's, or 50.</summary>
    [Range(1, 2051)]
    public int? TopK { get; set; }

    /// <summary>Scale of classifier-free guidance towards the text, 1 (none) to 10; null (default) takes the model's, which stands in its
    /// <c>generation_config.json</c> or is 1. It makes the words clearer of a model that was trained for it (<c>train csm --text-dropout</c>), for
    /// twice the work a frame.</summary>
    [Range(1.0, ClassifierFreeGuidance.LargestScale)]
    public double? Guidance { get; set; }

    /// <summary>Scale of classifier-free guidance towards the conversation so far, 1 (none) to 10; null (default) takes the model's
    /// (<c>voice_guidance_scale</c>) or 1. It keeps a small model to its voice, for as much work again.</summary>
    [Range(1.0, ClassifierFreeGuidance.LargestScale)]
    public double? VoiceGuidance { get; set; }

    /// <summary>Seed of the first clause; 0 by default. Same seed, same context, same text: same codes.</summary>
    public ulong Seed { get; set; }
}
