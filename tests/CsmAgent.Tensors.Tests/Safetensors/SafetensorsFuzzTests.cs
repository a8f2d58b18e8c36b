using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Tensors.Tests.Safetensors;

[Trait("Category", "Slow")]
public sealed class SafetensorsFuzzTests : IDisposable
{
    private readonly string _folder = Fuzz.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ten_thousand_damaged_headers_read_or_are_refused_by_name()
    {
        var source = Source();
        var (read, refused) = (0, 0);
        for (var seed = 0; seed < 10_000; seed++)
        {
            var damaged = Mutation.Of(source, seed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var header = SafetensorsFile.ReadHeader("damaged.safetensors", new MemoryStream(damaged));
                Assert.All(header.Tensors.Values, tensor => Assert.InRange(tensor.Offset + tensor.ByteCount, 0, damaged.Length));
                read++;
            }
            catch (CheckpointException refusal)
            {
                Assert.Contains("damaged.safetensors", refusal.Message, StringComparison.Ordinal);
                refused++;
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20, $"Seed {seed} allocated more than 1 MiB.");
        }

        // Both happen, or the damage is too small or too large to test anything.
        Assert.True(read > 300 && refused > 300, $"{read} were read and {refused} refused.");
    }

    [Fact]
    public void Ten_thousand_damaged_files_open_and_give_every_byte_or_are_refused_by_name()
    {
        var source = Source();
        var path = Path.Combine(_folder, "damaged.safetensors");
        for (var seed = 0; seed < 10_000; seed++)
        {
            File.WriteAllBytes(path, Mutation.Of(source, seed));
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var (name, tensor) in file.Tensors)
                {
                    Assert.Equal(tensor.ByteCount, file.Bytes(name).ToArray().LongLength);
                }
            }
            catch (CheckpointException refusal)
            {
                Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Ten_thousand_damaged_indexes_read_or_are_refused_by_name()
    {
        var source = """{"metadata":{"total_size":8},"weight_map":{"first":"1.safetensors","second.weight":"1.safetensors","mask":"1.safetensors"}}"""u8;
        var (read, refused) = (0, 0);
        for (var seed = 0; seed < 10_000; seed++)
        {
            try
            {
                var shards = Checkpoint.ReadIndex("index.json", Mutation.Of(source, seed));
                Assert.All(shards.Values, shard => Assert.Equal(Path.GetFileName(shard), shard));
                read++;
            }
            catch (CheckpointException refusal)
            {
                Assert.Contains("index.json", refusal.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(read > 300 && refused > 300, $"{read} were read and {refused} refused.");
    }

    private byte[] Source()
    {
        var path = Path.Combine(_folder, "source.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                StoredTensor.Of<float>("first", TensorDType.F32, [32, 8], new float[256]),
                StoredTensor.Of<ushort>("second.weight", TensorDType.BF16, [4], new ushort[] { 1, 2, 3, 4 }),
                StoredTensor.Of<byte>("mask", TensorDType.U8, [3], new byte[] { 1, 0, 1 }),
            ],
            new Dictionary<string, string> { ["format"] = "pt" });
        return File.ReadAllBytes(path);
    }
}
