using System.Text;

namespace CsmAgent.Training.Speech;

/// <summary>Text as the small model reads it: begin, speaker tag and text as UTF-8 bytes, end.</summary>
public static class SpeechText
{
    private const int Begin = 256;
    private const int End = 257;

    /// <summary>The ids of one segment's text.</summary>
    /// <param name="speaker">0 to 9; says who speaks within a conversation, not which voice that is.</param>
    /// <param name="text">What is said.</param>
    public static int[] Ids(int speaker, string text) =>
        [Begin, .. Encoding.UTF8.GetBytes($"[{speaker}]{text}").Select(value => (int)value), End];
}
