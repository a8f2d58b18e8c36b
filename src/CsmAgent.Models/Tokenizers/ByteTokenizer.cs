using System.Text;

namespace CsmAgent.Models.Tokenizers;

/// <summary>The tokenizer of small models: one id per UTF-8 byte, then begin and end.</summary>
public sealed class ByteTokenizer : ITextTokenizer
{
    /// <inheritdoc/>
    public int BeginId => 256;

    /// <inheritdoc/>
    public int EndId => 257;

    /// <inheritdoc/>
    public int VocabularySize => 258;

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text) => Array.ConvertAll(Encoding.UTF8.GetBytes(text), value => (int)value);

    /// <inheritdoc/>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if ((uint)id >= VocabularySize)
            {
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"Ids of this tokenizer are 0 to {VocabularySize - 1}.");
            }

            if (id < BeginId)
            {
                bytes.Add((byte)id);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
