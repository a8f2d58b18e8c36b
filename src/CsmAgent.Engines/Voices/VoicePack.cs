using System.Text.Json.Serialization;
using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Voices;

/// <summary>A voice: what <c>voices/NAME/voice.json</c> says.</summary>
/// <param name="Name">The folder's name: lower-case letters, digits and hyphens, 1 to 40.</param>
/// <param name="Description">One line for people.</param>
/// <param name="Licence">Under which terms the recordings may be used.</param>
/// <param name="Consent">Whose voice it is and what they agreed to.</param>
/// <param name="Speaker">Speaker id of the prompt in the context, 0 to 9; a voice trained into a model answers to it alone.</param>
/// <param name="BaseModel">The model it was made for, such as <c>csm-1b</c> or <c>desk</c>; null for any.</param>
/// <param name="Prompt">Reference recordings with their exact words, in order; may be empty.</param>
/// <param name="Sampling">How to sample; null takes the model's defaults.</param>
/// <param name="Tone">Equaliser and level of whatever speaks with it; null leaves the sound as it is.</param>
/// <param name="Bootstrap">How the stand-in synthesiser imitates it until the model speaks; null for its plain voice.</param>
public sealed record VoicePack(
    string Name,
    string Description,
    string Licence,
    VoiceConsent Consent,
    int Speaker = 0,
    string? BaseModel = null,
    IReadOnlyList<VoicePrompt>? Prompt = null,
    VoiceSampling? Sampling = null,
    VoiceTone? Tone = null,
    BootstrapVoice? Bootstrap = null)
{
    /// <summary>Where it lies; empty before it is written.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>The prompt's segments, never null.</summary>
    [JsonIgnore]
    public IReadOnlyList<VoicePrompt> Segments => Prompt ?? [];

    /// <summary>Checks that a model may use this voice.</summary>
    /// <param name="model">The model's short name.</param>
    /// <exception cref="EngineException">The voice was made for another model.</exception>
    public void RequireModel(string model)
    {
        if (BaseModel is not null && !BaseModel.Equals(model, StringComparison.OrdinalIgnoreCase))
        {
            throw new EngineException(
                $"The voice '{Name}' was made for the model {BaseModel}, not for {model}. Choose another voice, or run: csm-agent voices make NAME --from {Name}/prompt.wav");
        }
    }
}
