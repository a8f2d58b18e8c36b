namespace CsmAgent.Conversation.Ports;

/// <summary>Text to speech that hears its context (CSM), or a bootstrap that does not.</summary>
public interface ISpeechSynthesizer
{
    /// <summary>The name shown on screen and in logs, for example <c>desk voice (CSM 24 M)</c> or <c>bootstrap voice (flite slt)</c>.</summary>
    string Name { get; }

    /// <summary>True when the voice is a stand-in that ignores context; screen and log must say so.</summary>
    bool IsBootstrap { get; }

    /// <summary>Names all that decides how the same words sound: engine, model, precision, the voice's files. It changes when one of
    /// them does, so that speech kept on disk is not taken for what would be spoken now.</summary>
    /// <param name="voice">A voice's name; null for the configured default.</param>
    string IdentityOf(string? voice) => $"{Name} {voice}";

    /// <summary>Opens one conversation's state, prefilled with the voice's protected reference segments.</summary>
    /// <param name="voice">A voice's name in <c>voices/</c>; null takes the configured default.</param>
    /// <param name="cancellationToken">Stops the prefill.</param>
    /// <exception cref="EngineException">The voice does not exist or does not fit the model.</exception>
    ValueTask<ISpeechSession> OpenAsync(string? voice, CancellationToken cancellationToken);

    /// <summary>Opens one state that several speakers share, each hearing the others: a dialogue, a round table.</summary>
    /// <param name="voices">The voice of speaker 0, 1, …; at least one. Their reference segments are all protected.</param>
    /// <param name="cancellationToken">Stops the prefill.</param>
    /// <exception cref="EngineException">A voice does not exist or does not fit, or the engine holds one voice only.</exception>
    ValueTask<ISpeechSession> OpenSharedAsync(IReadOnlyList<string> voices, CancellationToken cancellationToken) =>
        voices.Count == 1
            ? OpenAsync(voices[0], cancellationToken)
            : throw new EngineException($"{Name} holds one voice at a time, {voices.Count} were asked for: {string.Join(", ", voices)}.");
}

/// <summary>One conversation's synthesis state: the live KV cache. Calls must not overlap, except cancellation.</summary>
/// <remarks>Speech is pulled: the next frame is made when it is asked for, so a slow listener holds the model back and nothing piles up.
/// Cancelling, or leaving the loop, ends the clause between two frames and leaves the session fit for use; what was made stays in the
/// context until <see cref="RollBackAsync"/> says how much of it was heard. Dispose a session before the synthesiser that opened it.</remarks>
public interface ISpeechSession : IAsyncDisposable
{
    /// <summary>Appends what somebody else said (the user's turn as heard through the codec) to the context.</summary>
    ValueTask AppendAsync(HeardSegment segment, CancellationToken cancellationToken);

    /// <summary>Speaks one clause: appends its text and generates frames until the model ends the clause by itself
    /// or <see cref="SpeechRequest.MaxFrames"/> is reached. Frames come as soon as each is decoded.</summary>
    IAsyncEnumerable<SpeechFrame> SpeakAsync(SpeechRequest request, CancellationToken cancellationToken);

    /// <summary>Keeps only the first <paramref name="heardFrames"/> frames of the agent's speech since
    /// <paramref name="turn"/> began, with the text that belongs to them; later frames never happened.</summary>
    /// <param name="turn">The turn given in <see cref="SpeechRequest.Turn"/>.</param>
    /// <param name="heardFrames">Frames of that turn the listener heard, 0 to the number generated.</param>
    /// <param name="heardText">The text up to the last heard word; may be empty.</param>
    /// <param name="cancellationToken">Stops waiting for the inference owner.</param>
    ValueTask RollBackAsync(int turn, int heardFrames, string heardText, CancellationToken cancellationToken);

    /// <summary>Opens an independent session that goes on from here: a reply that may be thrown away is spoken in it, and what it does
    /// leaves this session as it was. Whoever asked disposes it; which of the two is disposed first does not matter.</summary>
    /// <param name="cancellationToken">Stops waiting for the inference owner.</param>
    ValueTask<ISpeechSession> ForkAsync(CancellationToken cancellationToken);

    /// <summary>Positions of the context in use, and the most there can be.</summary>
    (int Used, int Limit) Positions { get; }
}

/// <summary>One clause to speak.</summary>
/// <param name="Turn">The agent's turn this clause belongs to; clauses of one turn share it.</param>
/// <param name="Text">What to say, already normalised to words.</param>
/// <param name="Speaker">Speaker id of the agent in the context, 0 or more.</param>
/// <param name="MaxFrames">An upper limit on frames for this clause, at least 1.</param>
/// <param name="Sampling">Temperature, top-k and seed; null takes the voice's defaults.</param>
public sealed record SpeechRequest(int Turn, string Text, int Speaker, int MaxFrames, SpeechSampling? Sampling = null);

/// <summary>How to sample codes.</summary>
/// <param name="Temperature">0 (argmax) to 2; null takes the voice's.</param>
/// <param name="TopK">1 to the audio vocabulary; null takes the voice's.</param>
/// <param name="Seed">Same seed, same context, same text: same codes.</param>
public sealed record SpeechSampling(float? Temperature = null, int? TopK = null, ulong Seed = 0);

/// <summary>One generated frame.</summary>
/// <param name="Index">Frame number within the clause, from 0.</param>
/// <param name="Samples">1920 samples at 24 kHz; owned by the frame.</param>
/// <param name="Codes">The codes the samples were decoded from (or encode to, for a bootstrap voice).</param>
/// <param name="SpokenCharacters">Characters of <see cref="SpeechRequest.Text"/> spoken by the end of this frame,
/// as the synthesiser's text-audio alignment estimates it.</param>
public sealed record SpeechFrame(int Index, ReadOnlyMemory<float> Samples, CodeFrame Codes, int SpokenCharacters);

/// <summary>A finished utterance as the context keeps it: who, what, and how it sounded.</summary>
/// <param name="Speaker">Speaker id, 0 or more.</param>
/// <param name="Text">What was said; empty if only sound is known.</param>
/// <param name="Codes">The utterance's frames, oldest first.</param>
public sealed record HeardSegment(int Speaker, string Text, IReadOnlyList<CodeFrame> Codes);
