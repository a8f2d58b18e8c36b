using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Tokenizers;

public sealed class LlamaTokenizerTests
{
    private static readonly Lazy<JsonDocument> Goldens = new(() => JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("tokenizer", "golden.json"))));

    [Fact]
    public void Every_golden_text_is_cut_into_its_pieces()
    {
        var items = Goldens.Value.RootElement.GetProperty("items").EnumerateArray().Where(item => item.GetProperty("pieces").ValueKind == JsonValueKind.Array).ToList();

        Assert.True(items.Count > 280);
        Assert.All(items, item => Assert.Equal(
            item.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()), LlamaSplit.Pieces(item.GetProperty("text").GetString()!)));
    }

    [VocabularyFact]
    public void Every_golden_text_becomes_its_ids_and_back()
    {
        var tokenizer = LlamaVocabulary.Tokenizer.Value;
        var items = Goldens.Value.RootElement.GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(301, items.Count);
        Assert.All(items, item =>
        {
            var text = item.GetProperty("text").GetString()!;
            var ids = tokenizer.Encode(text);
            Assert.Equal(Ids(item), ids);
            Assert.Equal(text, tokenizer.Decode(ids));
        });
    }

    [VocabularyFact]
    public void Begin_and_end_surround_every_segment()
    {
        var tokenizer = LlamaVocabulary.Tokenizer.Value;
        var items = Goldens.Value.RootElement.GetProperty("with_bos_eos").EnumerateArray().ToList();

        Assert.Equal(39, items.Count);
        Assert.All(items, item => Assert.Equal(Ids(item), [tokenizer.BeginId, .. tokenizer.Encode(item.GetProperty("text").GetString()!), tokenizer.EndId]));
        Assert.Equal([128000, 58, 15, 60, 2028, 374, 264, 1296, 11914, 13, 128001], tokenizer.EncodeSegment(0, "This is a test sentence."));
        Assert.Equal(128256, tokenizer.VocabularySize);
    }

    [VocabularyFact]
    public void Special_tokens_count_only_where_they_are_asked_for()
    {
        var tokenizer = LlamaVocabulary.Tokenizer.Value;

        Assert.All(Goldens.Value.RootElement.GetProperty("special").EnumerateArray(), item =>
        {
            var text = item.GetProperty("text").GetString()!;
            Assert.Equal(Ids(item), tokenizer.EncodeWithSpecialTokens(text));
            Assert.All(tokenizer.Encode(text), id => Assert.InRange(id, 0, 127_999));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        });
    }

    [VocabularyFact]
    public void A_long_word_without_spaces_is_merged_in_reasonable_steps()
    {
        var text = string.Concat(Enumerable.Repeat("incomprehensibility", 5_000));

        Assert.Equal(text, LlamaVocabulary.Tokenizer.Value.Decode(LlamaVocabulary.Tokenizer.Value.Encode(text)));
    }

    [Fact]
    public void Merges_go_by_rank_then_from_the_left()
    {
        var tokenizer = Tiny(json => { });

        Assert.Equal([.. "ab"u8.ToArray().Select(value => (int)value)], Tiny(json => json["model"]!["merges"] = new JsonArray()).Encode("ab"));
        Assert.Equal([256], tokenizer.Encode("ab"));
        Assert.Equal([257], tokenizer.Encode("abc"));
        Assert.Equal([258, 'a'], tokenizer.Encode("aaa"));
        Assert.Equal([258, 258], tokenizer.Encode("aaaa"));
        Assert.Equal([256, 256, 'b'], tokenizer.Encode("ababb"));
    }

    [Fact]
    public void A_whole_piece_in_the_vocabulary_needs_no_merges_if_the_file_says_so()
    {
        Assert.Equal(['z', 'y', 'x'], Tiny(json => { }).Encode("zyx"));
        Assert.Equal([259], Tiny(json => json["model"]!["ignore_merges"] = true).Encode("zyx"));
    }

    [Fact]
    public void Both_spellings_of_merges_read_alike()
    {
        var pairs = Tiny(json => json["model"]!["merges"] = new JsonArray(
            new JsonArray("a", "b"), new JsonArray("ab", "c"), new JsonArray("a", "a")));

        Assert.Equal(Tiny(json => { }).Encode("abc aaa ab"), pairs.Encode("abc aaa ab"));
    }

    [Fact]
    public void Lone_surrogates_become_the_replacement_character() =>
        Assert.Equal("a\uFFFDb", Tiny(json => { }).Decode(Tiny(json => { }).Encode("a\uD800b")));

    [Theory]
    [InlineData("model.type", "\"WordPiece\"")]
    [InlineData("normalizer", "{\"type\":\"NFC\"}")]
    [InlineData("pre_tokenizer.pretokenizers", "[]")]
    [InlineData("model.merges", "[\"a q\"]")]
    [InlineData("model.merges", "[[\"a\"]]")]
    [InlineData("model.merges", "7")]
    [InlineData("model.vocab", "{\"a\":0}")]
    [InlineData("model.vocab", "[]")]
    [InlineData("added_tokens", "[]")]
    [InlineData("added_tokens", "[{\"id\":-1,\"content\":\"<|begin_of_text|>\"}]")]
    public void Another_kind_of_tokenizer_is_refused(string field, string value)
    {
        var error = Assert.Throws<CheckpointException>(() => Tiny(json =>
        {
            var parts = field.Split('.');
            (parts.Length == 1 ? json : json[parts[0]]!)[parts[^1]] = JsonNode.Parse(value);
        }));

        Assert.Contains("tiny.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_outside_the_vocabulary_are_named()
    {
        Assert.Equal(262, Tiny(json => { }).VocabularySize);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tiny(json => { }).Decode([262]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tiny(json => { }).Decode([-1]));
    }

    internal static JsonObject TinyJson()
    {
        var vocabulary = new JsonObject();
        for (var value = 0; value < 256; value++)
        {
            vocabulary[ByteAlphabet.ToCharacter((byte)value).ToString()] = value;
        }

        (vocabulary["ab"], vocabulary["abc"], vocabulary["aa"], vocabulary["zyx"]) = (256, 257, 258, 259);
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(
                new JsonObject { ["id"] = 260, ["content"] = "<|begin_of_text|>" }, new JsonObject { ["id"] = 261, ["content"] = "<|end_of_text|>" }),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = LlamaSplit.Pattern } },
                    new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false }),
            },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray("a b", "ab c", "a a") },
        };
    }

    private static LlamaTokenizer Tiny(Action<JsonObject> change)
    {
        var json = TinyJson();
        change(json);
        return LlamaTokenizer.Parse("tiny.json", Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    private static IEnumerable<int> Ids(JsonElement item) => item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
}
