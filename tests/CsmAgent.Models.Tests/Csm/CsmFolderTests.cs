using System.Text.Json.Nodes;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Tests.Tokenizers;
using CsmAgent.Models.Tokenizers;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;
using TorchSharp;

namespace CsmAgent.Models.Tests.Csm;

[Trait("Category", "Native")]
[Collection(OneTorchTestAtATime.Name)]
public sealed class CsmFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csm-folder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_trained_folder_speaks_bytes_and_brings_no_codec()
    {
        var folder = CsmFolder.Open(Fixtures.Path("csm-tiny"));

        using var weights = folder.OpenWeights();

        Assert.Equal(CsmCheckpointFormat.Transformers, weights.Format);
        Assert.IsType<ByteTokenizer>(folder.OpenTokenizer());
        Assert.Null(folder.LoadCodec());
    }

    [Fact]
    public void A_released_folder_is_read_from_its_shards_with_the_codec_inside()
    {
        // The layout of the release: an index of another name, the codec among the shards, its configuration nested.
        var config = JsonNode.Parse(File.ReadAllText(Fixtures.Path("csm-tiny", "config.json")))!;
        config["transformers_weights"] = "transformers.safetensors.index.json";
        config["codec_config"] = JsonNode.Parse(File.ReadAllText(Fixtures.Path("mimi-tiny", "config.json")));
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());
        File.Copy(Fixtures.Path("csm-tiny", "model.safetensors"), Path.Combine(_folder, "transformers-00001-of-00002.safetensors"));
        File.Copy(Fixtures.Path("csm-tiny", "original.safetensors"), Path.Combine(_folder, "model.safetensors"));
        using (var mimi = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "model.safetensors")))
        using (var csm = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors")))
        {
            SafetensorsWriter.Write(Path.Combine(_folder, "transformers-00002-of-00002.safetensors"), mimi.Tensors.Values.Select(
                tensor => StoredTensor.Of<float>($"codec_model.{tensor.Name}", tensor.DType, tensor.Shape, mimi.Span<float>(tensor.Name).ToArray())));
            var map = new JsonObject();
            foreach (var name in csm.Tensors.Keys)
            {
                map[name] = "transformers-00001-of-00002.safetensors";
            }

            foreach (var name in mimi.Tensors.Keys)
            {
                map[$"codec_model.{name}"] = "transformers-00002-of-00002.safetensors";
            }

            File.WriteAllText(Path.Combine(_folder, "transformers.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        }

        var folder = CsmFolder.Open(_folder);
        using var weights = folder.OpenWeights();
        using var codec = folder.LoadCodec();

        Assert.Equal(CsmCheckpointFormat.Transformers, weights.Format);
        Assert.NotNull(codec);
        Assert.Equal(6, codec.Config.Codebooks);
        using var semantic = torch.isfinite(codec.Codebooks[0]).all();
        Assert.True(semantic.item<bool>());
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void A_truncated_shard_is_named_with_what_was_expected_and_found(double share)
    {
        File.Copy(Fixtures.Path("csm-tiny", "config.json"), Path.Combine(_folder, "config.json"));
        using (var whole = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors")))
        {
            var map = new JsonObject();
            foreach (var (shard, i) in whole.Tensors.Values.Chunk((whole.Tensors.Count / 2) + 1).Select((shard, i) => (shard, i + 1)))
            {
                var name = $"model-{i:d5}-of-00002.safetensors";
                SafetensorsWriter.Write(Path.Combine(_folder, name), shard.Select(
                    tensor => StoredTensor.Of<float>(tensor.Name, tensor.DType, tensor.Shape, whole.Span<float>(tensor.Name).ToArray())));
                foreach (var tensor in shard)
                {
                    map[tensor.Name] = name;
                }
            }

            File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        }

        var folder = CsmFolder.Open(_folder);
        folder.OpenWeights().Dispose();
        var second = new FileInfo(Path.Combine(_folder, "model-00002-of-00002.safetensors"));
        var length = second.Length;
        using (var file = second.OpenWrite())
        {
            file.SetLength((long)(length * share));
        }

        var fault = Assert.Throws<CheckpointException>(folder.OpenWeights);

        Assert.Contains("model-00002-of-00002.safetensors", fault.Message, StringComparison.Ordinal);
        Assert.StartsWith("data up to byte", fault.Expected, StringComparison.Ordinal);
        Assert.EndsWith("bytes of data", fault.Found, StringComparison.Ordinal);
        Assert.Contains("cut short", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_must_fit_the_text_table()
    {
        File.Copy(Fixtures.Path("csm-tiny", "config.json"), Path.Combine(_folder, "config.json"));
        File.Copy(Fixtures.Path("csm-tiny", "model.safetensors"), Path.Combine(_folder, "model.safetensors"));
        var json = LlamaTokenizerTests.TinyJson();
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json.ToJsonString());
        Assert.IsType<LlamaTokenizer>(CsmFolder.Open(_folder).OpenTokenizer());

        json["added_tokens"]![0]!["id"] = 300;
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json.ToJsonString());

        Assert.Contains("301", Assert.Throws<CheckpointException>(() => CsmFolder.Open(_folder).OpenTokenizer()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        Assert.Throws<FileNotFoundException>(() => CsmFolder.Open(_folder));
        File.WriteAllText(Path.Combine(_folder, "config.json"), File.ReadAllText(Fixtures.Path("csm-tiny", "config.json")).Replace("\"text_vocab_size\": 300", "\"text_vocab_size\": 128256", StringComparison.Ordinal));

        Assert.Contains("model.safetensors", Assert.Throws<CheckpointException>(() => CsmFolder.Open(_folder)).Message, StringComparison.Ordinal);

        File.Copy(Fixtures.Path("csm-tiny", "model.safetensors"), Path.Combine(_folder, "model.safetensors"));
        Assert.Contains("tokenizer.json", Assert.Throws<CheckpointException>(() => CsmFolder.Open(_folder).OpenTokenizer()).Message, StringComparison.Ordinal);
    }
}
