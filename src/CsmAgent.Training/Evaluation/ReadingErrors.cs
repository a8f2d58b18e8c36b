using System.Text;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Training.Speech;

namespace CsmAgent.Training.Evaluation;

/// <summary>How well a model's alignment head knows where in the text the speech is: the ends of words in recordings it hears, against the corpus's
/// phones.</summary>
public static class ReadingErrors
{
    private const int MsPerFrame = 80;
    private const int MsPerLabel = 20;

    /// <summary>Milliseconds by which the head finds each word's end too late; negative for too early.</summary>
    /// <param name="model">A model with an alignment head.</param>
    /// <param name="tokenizer">Its tokenizer, of bytes.</param>
    /// <param name="alignment">Where the words are.</param>
    /// <param name="items">Items of the corpus, with their text and frames; those without alignment tell nothing.</param>
    public static IReadOnlyList<double> OfWordEnds(
        PackedCsmModel model, ITextTokenizer tokenizer, LetterAlignment alignment, IEnumerable<(int Item, string Text, IReadOnlyList<int[]> Frames)> items)
    {
        var errors = new List<double>();
        foreach (var (item, text, frames) in items)
        {
            var bytes = alignment.Item(item);
            var ids = tokenizer.EncodeSegment(0, text);
            using var session = model.OpenSession();
            session.Append(new CsmRows(model.Config).AddText(ids).Cells);
            var firstByte = ids.Count - 1 - Encoding.UTF8.GetByteCount(text);
            var reached = new List<double>();
            foreach (var frame in frames)
            {
                reached.Add((session.Reading(0, ids.Count - 1) ?? throw new ArgumentException("The model has no alignment head.", nameof(model))) - firstByte);
                session.Append(new CsmRows(model.Config).AddFrame(frame).Cells);
            }

            errors.AddRange(OfWordEnds(text, bytes, reached));
        }

        return errors;
    }

    // Of one text: the byte that every label of 20 ms says, and the byte that the head had reached in every frame.
    internal static IReadOnlyList<double> OfWordEnds(string text, ReadOnlySpan<int> bytes, List<double> reached)
    {
        var errors = new List<double>();
        foreach (var end in WordEnds(text))
        {
            var isSaid = bytes.IndexOfAnyInRange(end, int.MaxValue);
            var isRead = reached.FindIndex(at => at >= end - 0.5);
            if (isSaid > 0 && isRead > 0)
            {
                // A frame's reading stands for its middle.
                errors.Add((isRead * MsPerFrame) + (MsPerFrame / 2) - (isSaid * MsPerLabel));
            }
        }

        return errors;
    }

    // The byte after each word but the last, whose end is the end of the speech.
    private static IEnumerable<int> WordEnds(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]) && char.IsLetterOrDigit(text[i - 1]))
            {
                yield return Encoding.UTF8.GetByteCount(text.AsSpan(0, i));
            }
        }
    }
}
