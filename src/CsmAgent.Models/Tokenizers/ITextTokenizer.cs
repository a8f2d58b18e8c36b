namespace CsmAgent.Models.Tokenizers;

/// <summary>Text to the ids of a model's text table and back. Safe for concurrent calls.</summary>
public interface ITextTokenizer
{
    /// <summary>The id before a text.</summary>
    int BeginId { get; }

    /// <summary>The id after a text.</summary>
    int EndId { get; }

    /// <summary>One more than the largest id.</summary>
    int VocabularySize { get; }

    /// <summary>Encodes text as text: what looks like a special token in it is spelt out and never becomes one.</summary>
    /// <param name="text">Any text; lone surrogates count as U+FFFD.</param>
    /// <returns>Ids without <see cref="BeginId"/> and <see cref="EndId"/>; empty for empty text.</returns>
    IReadOnlyList<int> Encode(string text);

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Ids of this tokenizer; special ones have no text.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    string Decode(IEnumerable<int> ids);
}
