using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Mimi;

public sealed class MimiCheckpointTests
{
    static MimiCheckpointTests() => TorchRuntime.EnsureLoaded();

    [Theory]
    [InlineData("mimi.moshi.tsv", true)]
    [InlineData("mimi.transformers.tsv", false)]
    public void The_released_configuration_asks_for_the_released_tensors(string manifest, bool moshi)
    {
        var expected = File.ReadLines(Fixtures.Path("manifests", manifest))
            .Where(line => !line.StartsWith('#')).Skip(1).Select(line => line.Split('\t'))
            .ToDictionary(columns => columns[0], columns => columns[2]);

        var actual = MimiCheckpoint.Manifest(MimiConfig.Released, moshi)
            .ToDictionary(entry => entry.Key, entry => string.Join(',', entry.Value));

        Assert.Equal(expected.OrderBy(entry => entry.Key), actual.OrderBy(entry => entry.Key));
    }

    [Theory]
    [InlineData("\"num_filters\": 8", "\"num_filters\": \"8\"", "num_filters")]
    [InlineData("\"hidden_size\": 32,", "", "hidden_size")]
    [InlineData("\"sampling_rate\": 24000", "\"sampling_rate\": 16000", "sampling_rate")]
    [InlineData("\"trim_right_ratio\": 1.0", "\"trim_right_ratio\": 0.5", "trim_right_ratio")]
    [InlineData("\"num_quantizers\": 6", "\"num_quantizers\": 1", "num_quantizers")]
    [InlineData("\"head_dim\": 8", "\"head_dim\": 7", "head_dim")]
    [InlineData("\"num_key_value_heads\": 4", "\"num_key_value_heads\": 2", "num_key_value_heads")]
    [InlineData("\"use_causal_conv\": true", "\"use_causal_conv\": false", "use_causal_conv")]
    [InlineData("    8,\n    6,", "    8,\n    7,", "upsampling_ratios")]
    public void A_configuration_that_is_not_Mimi_is_refused_by_field(string good, string bad, string field)
    {
        var json = File.ReadAllText(Fixtures.Path("mimi-tiny", "config.json"));
        Assert.Contains(good, json, StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, json.Replace(good, bad, StringComparison.Ordinal));

        var fault = Assert.Throws<InvalidDataException>(() => MimiConfig.Load(file));

        Assert.Contains($"'{field}'", fault.Message, StringComparison.Ordinal);
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void A_saved_configuration_reads_back_the_same()
    {
        var config = MimiConfig.Load(Fixtures.Path("mimi-tiny"));
        var file = Path.GetTempFileName();

        config.Save(file);

        Assert.Equal(config with { UpsamplingRatios = [] }, MimiConfig.Load(file) with { UpsamplingRatios = [] });
        Assert.Equal(config.UpsamplingRatios, MimiConfig.Load(file).UpsamplingRatios);
        File.Delete(file);
    }

    [Fact]
    [Trait("Category", "Native")]
    public void Weights_of_another_configuration_are_refused_with_names_and_shapes()
    {
        using var checkpoint = Checkpoint.Open(Fixtures.Path("mimi-tiny", "model.safetensors"));
        var config = MimiConfig.Load(Fixtures.Path("mimi-tiny")) with { Filters = 16 };

        var fault = Assert.Throws<CheckpointException>(() => MimiCheckpoint.Load(checkpoint, config));

        Assert.Contains("encoder.layers.0.conv.weight", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Native")]
    public void A_swapped_element_type_is_named()
    {
        const string Swapped = "downsample.conv.weight";
        using var good = SafetensorsFile.Open(Fixtures.Path("mimi-tiny", "model.safetensors"));
        var path = Path.Combine(Directory.CreateTempSubdirectory("mimi-").FullName, "model.safetensors");
        SafetensorsWriter.Write(path, good.Tensors.Values.Select(tensor => tensor.Name == Swapped
            ? StoredTensor.Of<int>(tensor.Name, TensorDType.I32, tensor.Shape, new int[tensor.ElementCount])
            : StoredTensor.Of<float>(tensor.Name, tensor.DType, tensor.Shape, good.Span<float>(tensor.Name).ToArray())).ToList());
        using var checkpoint = Checkpoint.Open(path);

        var fault = Assert.Throws<CheckpointException>(() => MimiCheckpoint.Load(checkpoint, MimiConfig.Load(Fixtures.Path("mimi-tiny"))));

        Assert.Contains($"'{Swapped}': expected F32, BF16 or F16 elements, found I32", fault.Message, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
