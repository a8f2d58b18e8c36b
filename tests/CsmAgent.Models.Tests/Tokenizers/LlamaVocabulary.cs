using CsmAgent.Models.Tokenizers;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Tokenizers;

/// <summary>The full vocabulary, which is not ours to store: <c>scripts/setup test</c> fetches it into <c>artifacts</c>.</summary>
internal static class LlamaVocabulary
{
    public static string FilePath => Path.Combine(Fixtures.Repository, "artifacts", "tokenizer", "llama-3", "tokenizer.json");

    public static Lazy<LlamaTokenizer> Tokenizer { get; } = new(() => LlamaTokenizer.Open(FilePath));
}

/// <summary>A test of the full vocabulary; says what it lacks where the vocabulary is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class VocabularyFactAttribute : FactAttribute
{
    public VocabularyFactAttribute()
    {
        if (!File.Exists(LlamaVocabulary.FilePath))
        {
            Skip = $"There is no {LlamaVocabulary.FilePath}. Run `scripts/setup test` with npm installed, or copy the tokenizer.json of CSM-1B or Llama 3 there.";
        }
    }
}
