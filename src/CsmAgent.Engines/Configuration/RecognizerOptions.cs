using System.ComponentModel.DataAnnotations;
using CsmAgent.Engines.Listening.PocketSphinx;

namespace CsmAgent.Engines.Configuration;

/// <summary>What turns the user's speech into text; section <c>Recognizer</c>.</summary>
public sealed class RecognizerOptions
{
    /// <summary>The configuration section's name.</summary>
    public const string Section = "Recognizer";

    /// <summary><c>pocketsphinx</c> (embedded, default) or <c>openai</c> (an OpenAI-compatible transcription endpoint).</summary>
    [Required, AllowedValues("pocketsphinx", "openai")]
    public string Engine { get; set; } = "pocketsphinx";

    /// <summary>PocketSphinx's model folder; Debian's by default.</summary>
    [Required]
    public string ModelFolder { get; set; } = PocketSphinxRecognizer.DebianModelFolder;

    /// <summary>Weight of the desk's phrases in PocketSphinx's language model; 0.3 by default, 0.01 to 0.99.</summary>
    [Range(0.01, 0.99)]
    public double DeskWeight { get; set; } = PocketSphinxRecognizer.DefaultDeskWeight;

    /// <summary>What the agents are called, so that PocketSphinx expects to hear it; empty by default. <c>talk --agents</c> sets it.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>The endpoint's base address, such as <c>http://localhost:8000/v1</c>; only for <c>openai</c>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>The transcription model's name there; <c>whisper-1</c> by default.</summary>
    [Required]
    public string Model { get; set; } = "whisper-1";

    /// <summary>The environment variable that holds the key; <c>OPENAI_API_KEY</c> by default. Unset sends no key.</summary>
    [Required]
    public string ApiKeyVariable { get; set; } = "OPENAI_API_KEY";

    /// <summary>Seconds to wait for a transcription; 10 by default, 1 to 120.</summary>
    [Range(1, 120)]
    public int TimeoutSeconds { get; set; } = 10;
}
