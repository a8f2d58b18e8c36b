namespace CsmAgent.Models.Tokenizers;

/// <summary>How CSM is told who says what.</summary>
public static class SegmentText
{
    /// <summary>Encodes one segment's text: begin, <c>[speaker]text</c>, end.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="speaker">Speaker id, 0 or more.</param>
    /// <param name="text">What is said.</param>
    /// <exception cref="ArgumentOutOfRangeException">The speaker id is negative.</exception>
    public static IReadOnlyList<int> EncodeSegment(this ITextTokenizer tokenizer, int speaker, string text)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(speaker);
        // One string: "]Hello" and "]\n" are tokens that a tag encoded by itself would miss.
        return [tokenizer.BeginId, .. tokenizer.Encode($"[{speaker}]{text}"), tokenizer.EndId];
    }
}
