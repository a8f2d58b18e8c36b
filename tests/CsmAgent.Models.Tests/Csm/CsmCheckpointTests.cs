using System.Text;
using CsmAgent.Models.Configuration;
using CsmAgent.Models.Csm;
using CsmAgent.Models.Llama;
using CsmAgent.Models.Mimi;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Csm;

public sealed class CsmCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csm-checkpoint-").FullName;
    private readonly CsmConfig _config = CsmConfig.Open(Fixtures.Path("csm-tiny", "config.json"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Both_formats_hold_the_same_numbers_under_our_names()
    {
        using var transformers = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), _config);
        using var sesame = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "original.safetensors"), _config);

        Assert.Equal(CsmCheckpointFormat.Transformers, transformers.Format);
        Assert.Equal(CsmCheckpointFormat.Sesame, sesame.Format);
        Assert.Equal(52, sesame.Shapes.Count);
        Assert.All(sesame.Shapes.Keys, name => Assert.Equal(transformers.Read(name), sesame.Read(name)));
    }

    [Fact]
    public void Two_different_audio_tables_are_an_error()
    {
        var path = Edited(tensor => tensor.Name == CsmTensorNames.AudioTableCopy ? Filled(tensor, 0.5f) : Copy(tensor));

        var error = Assert.Throws<CheckpointException>(() => CsmCheckpoint.Open(path, _config));

        Assert.Contains(CsmTensorNames.AudioTableCopy, error.Message, StringComparison.Ordinal);
        Assert.Contains("one audio table", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CsmTensorNames.AudioTable)]
    [InlineData(CsmTensorNames.AudioTableCopy)]
    public void One_copy_of_the_audio_table_is_enough(string missing)
    {
        var path = Edited(tensor => tensor.Name == missing ? null : Copy(tensor));

        using var checkpoint = CsmCheckpoint.Open(path, _config);
        using var whole = CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), _config);

        Assert.Equal(whole.Read(CsmTensorNames.AudioTable), checkpoint.Read(CsmTensorNames.AudioTable));
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        var path = Edited(tensor => tensor.Name == "backbone_model.norm.weight" ? null : Copy(tensor));

        Assert.Contains("'backbone_model.norm.weight' [64] is missing", Assert.Throws<CheckpointException>(() => CsmCheckpoint.Open(path, _config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_swapped_dtype_is_named()
    {
        var path = Edited(tensor => tensor.Name == "lm_head.weight"
            ? StoredTensor.Of<int>(tensor.Name, TensorDType.I32, tensor.Shape, new int[tensor.ElementCount])
            : Copy(tensor));

        var error = Assert.Throws<CheckpointException>(() => CsmCheckpoint.Open(path, _config));

        Assert.Equal("lm_head.weight", error.Subject);
        Assert.Contains("I32", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_precision_is_read_as_it_is()
    {
        var path = Edited(tensor => tensor.Name switch
        {
            "lm_head.weight" => StoredTensor.Of<ushort>(tensor.Name, TensorDType.BF16, tensor.Shape, Enumerable.Repeat((ushort)0x3FC0, (int)tensor.ElementCount).ToArray()),
            "backbone_model.norm.weight" => StoredTensor.Of<Half>(tensor.Name, TensorDType.F16, tensor.Shape, Enumerable.Repeat((Half)0.25f, (int)tensor.ElementCount).ToArray()),
            _ => Copy(tensor),
        });

        using var checkpoint = CsmCheckpoint.Open(path, _config);

        Assert.All(checkpoint.Read("lm_head.weight"), value => Assert.Equal(1.5f, value));
        Assert.All(checkpoint.Read("backbone_model.norm.weight"), value => Assert.Equal(0.25f, value));
    }

    [Fact]
    public void A_configuration_of_another_size_is_refused_with_every_difference()
    {
        var other = _config with { Backbone = _config.Backbone with { LayerCount = 4, FeedForwardWidth = 161 } };

        var error = Assert.Throws<CheckpointException>(() => CsmCheckpoint.Open(Fixtures.Path("csm-tiny", "model.safetensors"), other));

        Assert.Contains("'backbone_model.layers.0.mlp.gate_proj.weight' should be [161, 64] and is F32 [160, 64]", error.Message, StringComparison.Ordinal);
        Assert.Contains("more", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csm-1b.transformers.tsv", CsmCheckpointFormat.Transformers)]
    [InlineData("csm-1b.original.tsv", CsmCheckpointFormat.Sesame)]
    public void Full_size_names_and_shapes_follow_from_the_configuration_alone(string manifest, CsmCheckpointFormat format)
    {
        var config = CsmConfig.Read(ConfigObject.Parse("config.json", Encoding.UTF8.GetBytes(
            """{"backbone_flavor":"llama-1B","decoder_flavor":"llama-100M","text_vocab_size":128256,"audio_vocab_size":2051,"audio_num_codebooks":32}""")));
        var expected = File.ReadLines(Fixtures.Path("manifests", manifest))
            .Select(line => line.Split('\t'))
            .Where(cells => cells is [_, "F32", _] && !cells[0].StartsWith("codec_model.", StringComparison.Ordinal))
            .ToDictionary(cells => cells[0], cells => cells[2]);

        var ours = CsmTensorNames.Shapes(config).ToDictionary(
            entry => format == CsmCheckpointFormat.Sesame ? CsmTensorNames.ToSesame(entry.Key) : entry.Key, entry => string.Join(',', entry.Value));
        if (format == CsmCheckpointFormat.Transformers)
        {
            ours[CsmTensorNames.AudioTableCopy] = ours[CsmTensorNames.AudioTable];
        }

        Assert.Equal(format == CsmCheckpointFormat.Sesame ? 187 : 188, expected.Count);
        Assert.Equal(expected.OrderBy(entry => entry.Key, StringComparer.Ordinal), ours.OrderBy(entry => entry.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void The_released_file_is_our_names_the_second_table_and_the_codec()
    {
        var config = CsmConfig.Read(ConfigObject.Parse("config.json", Encoding.UTF8.GetBytes(
            """{"backbone_flavor":"llama-1B","decoder_flavor":"llama-100M","text_vocab_size":128256,"audio_vocab_size":2051,"audio_num_codebooks":32}""")));
        var expected = File.ReadLines(Fixtures.Path("manifests", "csm-1b.transformers.tsv"))
            .Select(line => line.Split('\t')).Where(cells => cells is [_, "F32", _]).Select(cells => $"{cells[0]} {cells[2]}").Order(StringComparer.Ordinal);

        var ours = CsmTensorNames.Shapes(config).Append(new(CsmTensorNames.AudioTableCopy, [config.AudioTableRows, config.Backbone.Width]))
            .Concat(MimiCheckpoint.Manifest(MimiConfig.Released, moshi: false).Select(entry => new KeyValuePair<string, IReadOnlyList<long>>($"codec_model.{entry.Key}", entry.Value)))
            .Select(entry => $"{entry.Key} {string.Join(',', entry.Value)}").Order(StringComparer.Ordinal);

        Assert.Equal(expected, ours);
        Assert.Equal(538, ours.Count());
    }

    [Fact]
    public void Row_orders_are_inverse_and_follow_the_published_rule()
    {
        int[] interleaved = [0, 1, 2, 3, 4, 5, 6, 7];
        var halves = new int[8];
        var back = new int[8];

        RotaryRowOrder.ToHalves<int>(interleaved, halves, headWidth: 4, rowLength: 1);
        RotaryRowOrder.ToInterleaved<int>(halves, back, headWidth: 4, rowLength: 1);

        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], halves);
        Assert.Equal(interleaved, back);
    }

    private string Edited(Func<TensorInfo, StoredTensor?> edit)
    {
        var path = Path.Combine(_folder, "edited.safetensors");
        using var file = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors"));
        SafetensorsWriter.Write(path, file.Tensors.Values.Select(edit).OfType<StoredTensor>());
        return path;
    }

    private static StoredTensor Copy(TensorInfo tensor)
    {
        using var file = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors"));
        return StoredTensor.Of<float>(tensor.Name, TensorDType.F32, tensor.Shape, file.Span<float>(tensor.Name).ToArray());
    }

    private static StoredTensor Filled(TensorInfo tensor, float value) =>
        StoredTensor.Of<float>(tensor.Name, TensorDType.F32, tensor.Shape, Enumerable.Repeat(value, (int)tensor.ElementCount).ToArray());
}
