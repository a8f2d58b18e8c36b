using System.Text;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Models.Tokenizers;

/// <summary>
/// The Llama 3 tokenizer of CSM-1B, from its <c>tokenizer.json</c>: byte-level BPE. Our own, because Microsoft.ML.Tokenizers
/// splits with .NET's expressions (UTF-16 units) and has no <c>ignore_merges</c> for this file.
/// </summary>
public sealed class LlamaTokenizer : ITextTokenizer
{
    private readonly TokenizerFile _file;
    private readonly PairMerger _merger;
    private readonly int[] _byteIds;
    private readonly Dictionary<int, string> _tokens;

    private LlamaTokenizer(string path, TokenizerFile file)
    {
        (_file, _merger) = (file, new PairMerger(file.Merges));
        _byteIds = [.. Enumerable.Range(0, 256).Select(value => file.Vocabulary[ByteAlphabet.ToCharacter((byte)value).ToString()])];
        _tokens = new Dictionary<int, string>(file.Vocabulary.Count);
        foreach (var (token, id) in file.Vocabulary)
        {
            _tokens[id] = token;
        }

        BeginId = Special(path, "<|begin_of_text|>");
        EndId = Special(path, "<|end_of_text|>");
        VocabularySize = Math.Max(file.Vocabulary.Values.Max(), file.Added.Values.Max()) + 1;
    }

    /// <inheritdoc/>
    public int BeginId { get; }

    /// <inheritdoc/>
    public int EndId { get; }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <summary>Names and ids of the special tokens.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => _file.Added;

    /// <summary>Reads a <c>tokenizer.json</c>; about half a second for the full vocabulary.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is malformed or describes another kind of tokenizer.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LlamaTokenizer Open(string path) => new(path, TokenizerFile.Open(path));

    /// <summary>Reads the text of a <c>tokenizer.json</c>.</summary>
    /// <param name="path">Named in errors.</param>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="CheckpointException">It is malformed or describes another kind of tokenizer.</exception>
    public static LlamaTokenizer Parse(string path, ReadOnlyMemory<byte> json) => new(path, TokenizerFile.Parse(path, json));

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        foreach (var piece in LlamaSplit.Pieces(text))
        {
            var bytes = Encoding.UTF8.GetBytes(piece);
            if (_file.IgnoreMerges && _file.Vocabulary.TryGetValue(ByteAlphabet.ToText(bytes), out var whole))
            {
                ids.Add(whole);
            }
            else
            {
                ids.AddRange(_merger.Merge(Array.ConvertAll(bytes, value => _byteIds[value])));
            }
        }

        return ids;
    }

    /// <summary>Encodes a prompt one has written oneself: special tokens spelt out in it become their ids. Never for a user's text.</summary>
    /// <param name="text">Text with special tokens such as <c>&lt;|end_of_text|&gt;</c>.</param>
    public IReadOnlyList<int> EncodeWithSpecialTokens(string text)
    {
        var ids = new List<int>();
        var plain = 0;
        for (var at = 0; at < text.Length;)
        {
            var special = _file.Added.Keys.Where(token => string.CompareOrdinal(text, at, token, 0, token.Length) == 0).MaxBy(token => token.Length);
            if (special is null)
            {
                at++;
                continue;
            }

            ids.AddRange(Encode(text[plain..at]));
            ids.Add(_file.Added[special]);
            at += special.Length;
            plain = at;
        }

        ids.AddRange(Encode(text[plain..]));
        return ids;
    }

    /// <inheritdoc/>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)VocabularySize)
            {
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"Ids of this tokenizer are 0 to {VocabularySize - 1}.");
            }

            foreach (var character in _tokens.GetValueOrDefault(id, string.Empty))
            {
                bytes.Add(ByteAlphabet.ToByte(character));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private int Special(string path, string token) => _file.Added.TryGetValue(token, out var id)
        ? id
        : throw new CheckpointException(path, "added_tokens", $"the token {token}", $"{_file.Added.Count} others");
}
