using System.Text;
using System.Text.Json.Nodes;
using CsmAgent.Models.Configuration;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Csm;

public sealed class CsmConfigTests
{
    [Fact]
    public void Sesames_flavours_give_the_published_sizes()
    {
        var config = Parse("""{"backbone_flavor":"llama-1B","decoder_flavor":"llama-100M","text_vocab_size":128256,"audio_vocab_size":2051,"audio_num_codebooks":32}""");

        Assert.Equal((16, 2048, 32, 8, 64), (config.Backbone.LayerCount, config.Backbone.Width, config.Backbone.HeadCount, config.Backbone.KeyValueHeadCount, config.Backbone.HeadWidth));
        Assert.Equal((4, 1024, 8, 2, 128), (config.Depth.LayerCount, config.Depth.Width, config.Depth.HeadCount, config.Depth.KeyValueHeadCount, config.Depth.HeadWidth));
        Assert.Equal(2048, config.Backbone.MaxPositions);
        Assert.Equal(65632, config.AudioTableRows);
        Assert.Equal(1_552_791_552, CsmTensorNames.Shapes(config).Values.Sum(shape => shape.Aggregate(1L, (count, size) => count * size)));
    }

    [Theory]
    [InlineData("llama-3B", 28, 3072, 24, 128)]
    [InlineData("llama-8B", 32, 4096, 32, 128)]
    public void Larger_backbones_are_configuration_only(string flavour, int layers, int width, int heads, int headWidth)
    {
        var config = Parse($$"""{"backbone_flavor":"{{flavour}}","decoder_flavor":"llama-100M","text_vocab_size":128256,"audio_vocab_size":2051,"audio_num_codebooks":32}""");

        Assert.Equal((layers, width, heads, headWidth), (config.Backbone.LayerCount, config.Backbone.Width, config.Backbone.HeadCount, config.Backbone.HeadWidth));
        Assert.Equal([1024, width], CsmTensorNames.Shapes(config)[CsmTensorNames.DepthProjection]);
    }

    [Fact]
    public void Both_spellings_of_rotary_settings_read_alike() =>
        Assert.Equal(CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json")), CsmConfig.Open(Fixtures.Path("csm-tiny", "config.v5.json")));

    [Theory]
    [InlineData("hidden_size", "0", "hidden_size")]
    [InlineData("hidden_size", "\"64\"", "hidden_size")]
    [InlineData("num_key_value_heads", "3", "num_key_value_heads")]
    [InlineData("head_dim", "15", "head_dim")]
    [InlineData("hidden_act", "\"relu\"", "hidden_act")]
    [InlineData("attention_bias", "true", "attention_bias")]
    [InlineData("vocab_size", "68", "depth_decoder_config.vocab_size")]
    [InlineData("num_codebooks", "7", "depth_decoder_config.num_codebooks")]
    [InlineData("depth_decoder_config", "null", "depth_decoder_config")]
    [InlineData("depth_decoder_config", "7", "depth_decoder_config")]
    [InlineData("model_type", "\"llama\"", "model_type")]
    [InlineData("rope_theta", "0", "rope_theta")]
    [InlineData("rope_scaling", """{"rope_type":"yarn"}""", "rope_scaling.rope_type")]
    [InlineData("rope_scaling", """{"rope_type":"llama3","factor":32,"low_freq_factor":4,"high_freq_factor":1,"original_max_position_embeddings":8192}""", "rope_scaling.high_freq_factor")]
    [InlineData("tie_codebooks_embeddings", "false", "tie_codebooks_embeddings")]
    [InlineData("alignment_head", """{"layer":3,"head":0}""", "alignment_head.layer")]
    [InlineData("alignment_head", """{"layer":2,"head":4}""", "alignment_head.head")]
    [InlineData("alignment_head", """{"head":0}""", "alignment_head.layer")]
    public void A_bad_field_is_named_with_its_value(string field, string value, string named)
    {
        var json = JsonNode.Parse(File.ReadAllText(Fixtures.Path("csm-tiny", "config.json")))!;
        json[field] = JsonNode.Parse(value);

        var error = Assert.Throws<CheckpointException>(() => Parse(json.ToJsonString()));

        Assert.Equal(named, error.Subject);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"backbone_flavor":"llama-2T","decoder_flavor":"llama-100M","text_vocab_size":1,"audio_vocab_size":20,"audio_num_codebooks":2}""")]
    public void What_is_no_configuration_is_refused(string json) => Assert.Throws<CheckpointException>(() => Parse(json));

    [Fact]
    public void Scaled_frequencies_match_the_published_values()
    {
        var backbone = new RopeTable(RopeConfig.Sesame, 64, 1).Frequencies;
        var depth = new RopeTable(RopeConfig.Sesame, 128, 1).Frequencies;

        Assert.Equal(0.00321144599f, backbone[14], 1e-9f);
        Assert.Equal(0.00129054793f, backbone[15], 1e-9f);
        Assert.Equal(9.7082878e-05f, backbone[17], 1e-10f);
        Assert.Equal(1.94616382e-05f, backbone[18], 1e-11f);
        Assert.Equal(0.002118407f, depth[29], 1e-8f);
        Assert.Equal(2.38905309e-05f, depth[35], 1e-11f);
    }

    private static CsmConfig Parse(string json) => CsmConfig.Read(ConfigObject.Parse("config.json", Encoding.UTF8.GetBytes(json)));
}
