using CsmAgent.Conversation.Ports;

namespace CsmAgent.Conversation.Context;

/// <summary>One turn as it was heard: the text, and how it sounded. What was cut, and silence, is not in it.</summary>
/// <param name="Speaker">Who spoke.</param>
/// <param name="Turn">The user's turn, or the one that was answered.</param>
/// <param name="Generation">The reply's generation; 0 for the user.</param>
/// <param name="Text">What was heard.</param>
/// <param name="WasInterrupted">True when the speaker was cut off.</param>
/// <param name="FirstSample">Where it began, on the conversation's counter.</param>
/// <param name="LastSample">Where it ended.</param>
/// <param name="Codes">The frames that were heard, oldest first.</param>
internal sealed record HeardTurn(
    TurnSpeaker Speaker, int Turn, int Generation, string Text, bool WasInterrupted, long FirstSample, long LastSample, IReadOnlyList<CodeFrame> Codes)
{
    /// <summary>At a round table, which agent spoke; otherwise null.</summary>
    public string? Agent { get; init; }

    public SpokenTurn ToSpokenTurn() => new(Speaker, Text, WasInterrupted, Agent);
}
