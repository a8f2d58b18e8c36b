using System.Buffers.Binary;
using System.Text;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Tensors.Tests.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csm-safetensors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_published_file_opens_and_lists_its_tensors()
    {
        using var file = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors"));

        Assert.Equal(53, file.Tensors.Count);
        Assert.Equal([67, 64], file.Info("lm_head.weight").Shape);
        Assert.Equal(67 * 64, file.Span<float>("lm_head.weight").Length);
        Assert.InRange(file.Span<float>("backbone_model.norm.weight")[0], 0.4f, 1.6f);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var path = Path.Combine(_folder, "a.safetensors");

        SafetensorsWriter.Write(
            path,
            [
                StoredTensor.Of<float>("x", TensorDType.F32, [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }),
                StoredTensor.Of<byte>("mask", TensorDType.U8, [3], new byte[] { 1, 0, 1 }),
                StoredTensor.Of<long>("nothing", TensorDType.I64, [0, 4], ReadOnlyMemory<long>.Empty),
                StoredTensor.Of<int>("scalar", TensorDType.I32, [], new[] { -7 }),
            ],
            new Dictionary<string, string> { ["made"] = "here" });

        using var file = SafetensorsFile.Open(path);
        Assert.Equal([1f, 2, 3, 4, 5, 6], file.Span<float>("x").ToArray());
        Assert.Equal([1, 0, 1], file.Span<byte>("mask").ToArray());
        Assert.Equal(0, file.Span<long>("nothing").Length);
        Assert.Equal(-7, file.Span<int>("scalar")[0]);
        Assert.Equal("here", file.Metadata["made"]);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_no_rest()
    {
        var path = Path.Combine(_folder, "a.safetensors");
        SafetensorsWriter.Write(path, [StoredTensor.Of<byte>("x", TensorDType.U8, [1], new byte[] { 1 })]);
        var before = File.ReadAllBytes(path);

        var twice = StoredTensor.Of<byte>("x", TensorDType.U8, [1], new byte[] { 2 });
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [twice, twice]));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "'x'", "8", "7")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "", "8", "9")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'x'", "12 bytes for F32 [3]", "[0, 8]")]
    [InlineData("""{"x":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", 8, "'x'", "BF16", "'Q4'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'x'", "0 or more", "something else")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'x'", "8 bytes", "[8, 0]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "'x'", "bytes for", "[0, 0]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'x'", "0", "4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'x'", "once", "twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", 4, "'x'", "data_offsets", "missing")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"stride":1}}""", 4, "'x'", "only", "'stride'")]
    [InlineData("""{"x":[]}""", 0, "'x'", "an object", "StartArray")]
    [InlineData("""[]""", 0, "'header'", "a JSON object", "another")]
    [InlineData("""{"x":""", 0, "'header'", "a JSON object", "")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "'__metadata__'", "strings", "Number")]
    public void A_malformed_header_names_file_tensor_expected_and_found(string json, int dataBytes, string subject, string expected, string found)
    {
        var path = Write(json, dataBytes);

        var error = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(subject, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Expected, StringComparison.Ordinal);
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(100)]
    public void A_truncated_file_says_so(int bytes)
    {
        var path = Path.Combine(_folder, "short.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(Fixtures.Path("csm-tiny", "model.safetensors"))[..bytes]);

        Assert.Contains("cut short", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_element_type_and_a_missing_tensor_are_named()
    {
        using var file = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors"));

        Assert.Contains("F32 [67, 64]", Assert.Throws<CheckpointException>(() => file.Span<int>("lm_head.weight").Length).Message, StringComparison.Ordinal);
        Assert.Contains("'nobody'", Assert.Throws<CheckpointException>(() => file.Span<int>("nobody").Length).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_file_refuses_instead_of_reading_freed_memory()
    {
        var file = SafetensorsFile.Open(Fixtures.Path("csm-tiny", "model.safetensors"));
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Bytes("lm_head.weight").Length);
    }

    [Fact]
    public void Shards_open_through_their_index()
    {
        SafetensorsWriter.Write(Path.Combine(_folder, "1.safetensors"), [StoredTensor.Of<int>("a", TensorDType.I32, [1], new[] { 1 })]);
        SafetensorsWriter.Write(Path.Combine(_folder, "2.safetensors"), [StoredTensor.Of<int>("b", TensorDType.I32, [1], new[] { 2 })]);
        var index = Path.Combine(_folder, "model.safetensors.index.json");
        File.WriteAllText(index, """{"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");

        using var checkpoint = Checkpoint.Open(index);

        Assert.Equal(1, checkpoint.Span<int>("a")[0]);
        Assert.Equal(2, checkpoint.Span<int>("b")[0]);
        Assert.Equal(2, checkpoint.Files.Count);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../1.safetensors"}}""", "'a'")]
    [InlineData("""{"weight_map":{"b":"1.safetensors"}}""", "'b'")]
    [InlineData("""{"weight_map":{"a":5}}""", "'weight_map'")]
    [InlineData("""{"weight_map":{"a":null}}""", "'weight_map'")]
    [InlineData("""{"weight_map":7}""", "'weight_map'")]
    [InlineData("""{}""", "'weight_map'")]
    [InlineData("""{"weight_map":{}""", "'weight_map'")]
    public void A_bad_index_is_named(string json, string subject)
    {
        SafetensorsWriter.Write(Path.Combine(_folder, "1.safetensors"), [StoredTensor.Of<int>("a", TensorDType.I32, [1], new[] { 1 })]);
        var index = Path.Combine(_folder, "index.json");
        File.WriteAllText(index, json);

        Assert.Contains(subject, Assert.Throws<CheckpointException>(() => Checkpoint.Open(index)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_difference_from_the_wanted_shapes_is_listed_at_once()
    {
        var path = Path.Combine(_folder, "a.safetensors");
        SafetensorsWriter.Write(path, [StoredTensor.Of<int>("a", TensorDType.I32, [1], new[] { 1 }), StoredTensor.Of<int>("odd", TensorDType.I32, [1], new[] { 1 })]);
        using var checkpoint = Checkpoint.Open(path);

        var error = Assert.Throws<CheckpointException>(() =>
            checkpoint.RequireExactly(new Dictionary<string, IReadOnlyList<long>> { ["a"] = [2], ["b"] = [3, 3] }));

        Assert.Contains("'a' should be [2] and is I32 [1]", error.Message, StringComparison.Ordinal);
        Assert.Contains("'b' [3, 3] is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("'odd' is unknown", error.Message, StringComparison.Ordinal);
    }

    private string Write(string json, int dataBytes)
    {
        var path = Path.Combine(_folder, "bad.safetensors");
        var header = Encoding.UTF8.GetBytes(json);
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
