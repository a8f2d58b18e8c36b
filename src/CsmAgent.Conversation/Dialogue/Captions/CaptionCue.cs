namespace CsmAgent.Conversation.Dialogue.Captions;

/// <summary>Words on the screen while they are heard.</summary>
/// <param name="StartSample">First sample of the mix, 24 kHz.</param>
/// <param name="EndSample">One past the last.</param>
/// <param name="Speaker">Who speaks.</param>
/// <param name="Text">What is said, as written in the script.</param>
public sealed record CaptionCue(long StartSample, long EndSample, string Speaker, string Text);
