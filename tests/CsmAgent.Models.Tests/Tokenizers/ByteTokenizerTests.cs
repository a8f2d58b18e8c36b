using CsmAgent.Models.Csm;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Tokenizers;

public sealed class ByteTokenizerTests
{
    private readonly ByteTokenizer _tokenizer = new();

    [Fact]
    public void The_tiny_models_prompt_is_its_bytes_between_begin_and_end()
    {
        using var goldens = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "golden.safetensors"));
        var config = CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json"));

        var rows = new CsmRows(config).AddText(_tokenizer.EncodeSegment(0, "Hello there, how are you?"));

        var stored = goldens.Span<int>("a.tokens").ToArray().Chunk(config.ColumnCount).Select(row => row[^1]);
        Assert.Equal(stored, rows.Cells.ToArray().Chunk(config.ColumnCount).Select(row => row[^1]));
        Assert.All(rows.Cells.ToArray().Chunk(config.ColumnCount), row => Assert.All(row[..^1], cell => Assert.Equal(CsmRows.Off, cell)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("naïve 𝓗 日本")]
    public void Text_comes_back(string text) => Assert.Equal(text, _tokenizer.Decode(_tokenizer.EncodeSegment(1, text))[3..]);

    [Fact]
    public void Ids_and_speakers_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _tokenizer.Decode([258]));
        Assert.Throws<ArgumentOutOfRangeException>(() => _tokenizer.EncodeSegment(-1, "a"));
    }
}
