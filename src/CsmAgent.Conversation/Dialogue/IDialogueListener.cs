using CsmAgent.Conversation.Dialogue.Captions;

namespace CsmAgent.Conversation.Dialogue;

/// <summary>Hears a dialogue while it is made.</summary>
public interface IDialogueListener
{
    /// <summary>Takes the next stretch of the mix; returns when there is room for more.</summary>
    /// <param name="firstSample">Its place in the mix.</param>
    /// <param name="samples">24 kHz mono; owned by the listener.</param>
    /// <param name="cues">Captions that begin in it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask HearAsync(long firstSample, ReadOnlyMemory<float> samples, IReadOnlyList<CaptionCue> cues, CancellationToken cancellationToken);
}
