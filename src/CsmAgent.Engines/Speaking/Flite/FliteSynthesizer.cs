using CsmAgent.Conversation.Ports;

namespace CsmAgent.Engines.Speaking.Flite;

/// <summary>The bootstrap voice: Debian's flite. It hears no context; its frames are encoded so that the context holds what it said.</summary>
/// <param name="voice">A flite voice: <c>slt</c>, <c>rms</c>, <c>awb</c>, <c>kal16</c>.</param>
/// <param name="codec">Encodes what is spoken; borrowed.</param>
public sealed class FliteSynthesizer(string voice, ISpeechCodec codec) : ISpeechSynthesizer
{
    /// <inheritdoc/>
    public string Name => $"bootstrap voice (flite {voice})";

    /// <inheritdoc/>
    public bool IsBootstrap => true;

    /// <inheritdoc/>
    public async ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken)
    {
        var own = await Task.Run(() => FliteVoice.Load(FliteName(voice)), cancellationToken);
        return new FliteSession(own, await codec.OpenEncoderAsync(cancellationToken));
    }

    // A name in voices/ is not flite's: the configured voice stands in for it. A flite voice may be asked for by its own name.
    private string FliteName(string? asked) => asked is "slt" or "rms" or "awb" or "kal16" ? asked : voice;
}
