using CsmAgent.Conversation.Ports;
using CsmAgent.Engines.Voices;

namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>The bootstrap voice: Debian's flite. It hears no context; its frames are encoded so that the context holds what it said.</summary>
/// <param name="voice">The flite voice when a pack names none: <c>slt</c>, <c>rms</c>, <c>awb</c>, <c>kal16</c>.</param>
/// <param name="codec">Encodes what is spoken; borrowed.</param>
/// <param name="voices">Where voice packs lie: each says how the stand-in imitates it.</param>
/// <param name="defaultVoice">The pack when none is asked for; null for the plain flite voice.</param>
public sealed class FliteSynthesizer(string voice, ISpeechCodec codec, VoiceLibrary voices, string? defaultVoice = null) : ISpeechSynthesizer
{
    /// <inheritdoc/>
    public string Name => $"bootstrap voice (flite {voice})";

    /// <inheritdoc/>
    public bool IsBootstrap => true;

    /// <inheritdoc/>
    public string IdentityOf(string? voice) =>
        $"{Name} {((voice ?? defaultVoice) is { } name && voices.Names.Contains(name) ? VoicePackFile.Fingerprint(voices.Find(name)) : "")}";

    /// <inheritdoc/>
    public ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken) =>
        OpenAsync([Manner(voice ?? defaultVoice)], cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ISpeechSession> OpenSharedAsync(IReadOnlyList<string> voices, CancellationToken cancellationToken) =>
        OpenAsync([.. voices.Select(Manner)], cancellationToken);

    private async ValueTask<ISpeechSession> OpenAsync((BootstrapVoice Voice, VoiceTone? Tone)[] manners, CancellationToken cancellationToken)
    {
        var cast = await Task.Run(() => manners.Select(manner => (FliteVoice.Load(manner.Voice.Voice), manner.Voice, manner.Tone)).ToArray(), cancellationToken);
        return new FliteSession(cast, codec, await codec.OpenEncoderAsync(cancellationToken));
    }

    private (BootstrapVoice Voice, VoiceTone? Tone) Manner(string? asked)
    {
        if (asked is null)
        {
            return (new BootstrapVoice(voice), null);
        }

        try
        {
            var pack = voices.Find(asked);
            return (pack.Bootstrap ?? new BootstrapVoice(voice), pack.Tone);
        }
        catch (VoicePackException fault)
        {
            throw new EngineException(fault.Message, fault);
        }
    }
}
