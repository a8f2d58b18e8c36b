using CsmAgent.Models.Csm;
using CsmAgent.Models.Tokenizers;

namespace CsmAgent.Training.Speech;

/// <summary>Finds the tokenizer of a speech model.</summary>
public static class SpeechText
{
    /// <summary>Bytes for models with a text table no larger than that; otherwise the <c>tokenizer.json</c> beside the model.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="folder">The model's folder; null for a fresh small model.</param>
    /// <exception cref="FileNotFoundException">The model needs a tokenizer and its folder has none.</exception>
    public static ITextTokenizer TokenizerOf(CsmConfig config, string? folder)
    {
        const int LargestByteTable = 300;
        if (config.TextVocabularySize <= LargestByteTable)
        {
            return new ByteTokenizer();
        }

        var file = Path.Combine(folder ?? ".", "tokenizer.json");
        return File.Exists(file)
            ? LlamaTokenizer.Open(file)
            : throw new FileNotFoundException($"A model with {config.TextVocabularySize} text ids needs its tokenizer: put tokenizer.json into {folder}.", file);
    }
}
