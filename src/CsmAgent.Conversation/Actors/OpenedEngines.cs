using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Actors;

/// <summary>Engine sessions that were opened first, so that a conversation that cannot start says so; each is taken once.</summary>
internal sealed class OpenedEngines(ISpeechEncoder? encoder, IRecognitionSession? recognition, ISpeechSession? speech)
{
    private ISpeechEncoder? _encoder = encoder;
    private IRecognitionSession? _recognition = recognition;
    private ISpeechSession? _speech = speech;

    public ISpeechEncoder? TakeEncoder() => Interlocked.Exchange(ref _encoder, null);

    public IRecognitionSession? TakeRecognition() => Interlocked.Exchange(ref _recognition, null);

    public ISpeechSession? TakeSpeech() => Interlocked.Exchange(ref _speech, null);
}
