namespace CsmAgent.Conversation.Ports;

/// <summary>Speech to text, fed while the user speaks.</summary>
public interface ISpeechRecognizer
{
    /// <summary>The name shown on screen and in logs.</summary>
    string Name { get; }

    /// <summary>Opens one conversation's recogniser.</summary>
    ValueTask<IRecognitionSession> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>One conversation's recogniser state. Calls must not overlap.</summary>
public interface IRecognitionSession : IAsyncDisposable
{
    /// <summary>Begins an utterance; what was fed before is forgotten.</summary>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>Feeds the next samples of the utterance.</summary>
    /// <param name="samples">24 kHz mono, any length; borrowed until the call completes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The text so far, or null when it has not changed.</returns>
    ValueTask<string?> AcceptAsync(ReadOnlyMemory<float> samples, CancellationToken cancellationToken);

    /// <summary>Ends the utterance.</summary>
    /// <returns>The final text; empty when no words were heard.</returns>
    ValueTask<Recognition> FinishAsync(CancellationToken cancellationToken);
}

/// <summary>The recogniser's final answer.</summary>
/// <param name="Text">Words, lower case, no punctuation unless the engine writes it; empty for none.</param>
/// <param name="Confidence">0 to 1, or null when the engine gives none.</param>
public sealed record Recognition(string Text, double? Confidence = null);
