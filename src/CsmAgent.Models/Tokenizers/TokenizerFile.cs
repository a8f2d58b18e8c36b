using System.Text.Json;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Models.Tokenizers;

/// <summary>Reads <c>tokenizer.json</c> and refuses whatever the code would silently compute wrongly.</summary>
internal sealed class TokenizerFile
{
    private const long MaxBytes = 256 << 20;

    private readonly string _file;

    private TokenizerFile(string file) => _file = file;

    internal Dictionary<string, int> Vocabulary { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, int> Added { get; } = new(StringComparer.Ordinal);

    internal Dictionary<(int Left, int Right), (int Rank, int Id)> Merges { get; } = [];

    internal bool IgnoreMerges { get; private set; }

    internal static TokenizerFile Open(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= MaxBytes
            ? Parse(path, File.ReadAllBytes(path))
            : throw new CheckpointException(path, null, $"a tokenizer of at most {MaxBytes} bytes", $"{length} bytes");
    }

    internal static TokenizerFile Parse(string path, ReadOnlyMemory<byte> json)
    {
        var file = new TokenizerFile(path);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            file.Read(document.RootElement);
            return file;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // What JsonElement throws for a missing field, another kind of value or an unpaired surrogate.
            throw new CheckpointException(path, null, "a tokenizer.json with model, vocab, merges and pre_tokenizer", exception.Message);
        }
    }

    private void Read(JsonElement root)
    {
        var model = root.GetProperty("model");
        Require(model.GetProperty("type").GetString() == "BPE", "model.type", "BPE", model.GetProperty("type"));
        Require(IsNull(root, "normalizer"), "normalizer", "null", root);
        Require(IsNull(model, "dropout"), "model.dropout", "null", model);
        IgnoreMerges = model.TryGetProperty("ignore_merges", out var ignore) && ignore.GetBoolean();
        CheckSplit(root.GetProperty("pre_tokenizer"));
        foreach (var entry in model.GetProperty("vocab").EnumerateObject())
        {
            var token = entry.Name;
            Require(ByteAlphabet.Spells(token), "model.vocab", "characters of the byte alphabet", entry.Value);
            Vocabulary[token] = Id(entry.Value, "model.vocab");
        }

        for (var value = 0; value < 256; value++)
        {
            var character = ByteAlphabet.ToCharacter((byte)value).ToString();
            Require(Vocabulary.ContainsKey(character), "model.vocab", $"a token for byte {value} ('{character}')", model.GetProperty("vocab"));
        }

        ReadMerges(model.GetProperty("merges"));
        if (root.TryGetProperty("added_tokens", out var added))
        {
            foreach (var token in added.EnumerateArray())
            {
                var content = token.GetProperty("content").GetString()!;
                Require(content is { Length: > 0 }, "added_tokens.content", "text", token);
                Added[content] = Id(token.GetProperty("id"), "added_tokens.id");
            }
        }
    }

    // Either "a b" or ["a", "b"].
    private void ReadMerges(JsonElement merges)
    {
        var tokens = Vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        Merges.EnsureCapacity(merges.GetArrayLength());
        var rank = 0;
        foreach (var merge in merges.EnumerateArray())
        {
            var pair = merge.ValueKind == JsonValueKind.String ? merge.GetString()! : string.Join(' ', merge.EnumerateArray().Select(part => part.GetString()));
            // The alphabet has no space, so the first one separates.
            var gap = pair.IndexOf(' ', StringComparison.Ordinal);
            if (gap < 0 || !tokens.TryGetValue(pair.AsSpan(0, gap), out var left) || !tokens.TryGetValue(pair.AsSpan(gap + 1), out var right)
                || !tokens.TryGetValue(pair.Remove(gap, 1), out var id))
            {
                throw Fault("model.merges", "two tokens whose union is a token", merge);
            }

            Merges.TryAdd((left, right), (rank++, id));
        }
    }

    private void CheckSplit(JsonElement preTokenizer)
    {
        var steps = preTokenizer.GetProperty("pretokenizers").EnumerateArray().ToList();
        var split = steps.Find(step => step.GetProperty("type").GetString() == "Split");
        var pattern = split.ValueKind == JsonValueKind.Object ? split.GetProperty("pattern").GetProperty("Regex").GetString() : null;
        Require(pattern == LlamaSplit.Pattern, "pre_tokenizer", "Llama 3's split expression", preTokenizer);
        var bytes = steps.Find(step => step.GetProperty("type").GetString() == "ByteLevel");
        Require(
            steps.Count == 2 && bytes.ValueKind == JsonValueKind.Object && !bytes.GetProperty("add_prefix_space").GetBoolean(),
            "pre_tokenizer", "a split and byte level without prefix space", preTokenizer);
    }

    private int Id(JsonElement element, string field) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var id) && id is >= 0 and < 1 << 24
            ? id
            : throw Fault(field, "an id from 0 to 16777215", element);

    private static bool IsNull(JsonElement owner, string name) => !owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null;

    private void Require(bool good, string field, string expected, JsonElement found)
    {
        if (!good)
        {
            throw Fault(field, expected, found);
        }
    }

    private CheckpointException Fault(string field, string expected, JsonElement found)
    {
        var text = found.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? $"another {found.ValueKind}" : found.GetRawText();
        return new CheckpointException(_file, field, expected, text.Length > 80 ? text[..80] + "…" : text);
    }
}
