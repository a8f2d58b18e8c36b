using System.ComponentModel.DataAnnotations;

namespace CsmAgent.Engines.Configuration;

/// <summary>The speech codec; section <c>Codec</c>.</summary>
public sealed class CodecOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string Section = "Codec";

    /// <summary>Mimi's folder with <c>config.json</c> and <c>model.safetensors</c>; relative paths begin at the installation; <c>voices/desk/mimi</c> by default.</summary>
    [Required]
    public string Folder { get; set; } = "voices/desk/mimi";
}
