using System.Runtime.InteropServices;
using System.Text;
using CsmAgent.Models.Csm.Packed;
using CsmAgent.Tensors.Packing;
using CsmAgent.Tensors.Safetensors;
using CsmAgent.TestSupport;

namespace CsmAgent.Models.Tests.Csm.Packed;

public sealed class PackedFileTests : IDisposable
{
    private static readonly CsmPacking Packing = CsmPacking.For(WeightFormat.Int4);
    private readonly string _folder = Directory.CreateTempSubdirectory("csm-pack").FullName;
    private readonly List<string> _notices = [];

    private string Checkpoint => Path.Combine(_folder, "model.safetensors");

    public PackedFileTests() => File.Copy(Fixtures.Path("csm-tiny", "model.safetensors"), Checkpoint);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_second_start_reads_what_the_first_one_packed()
    {
        var first = Frames(Open());
        var second = Frames(Open());

        Assert.Equal(first, second);
        Assert.Single(_notices);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(60)]
    [InlineData(5000)]
    [InlineData(-1)]
    public void A_flipped_byte_anywhere_is_found_and_the_file_packed_again(int at)
    {
        var expected = Frames(Open());
        var file = PackedCsmFile.PathFor(Checkpoint, Packing);
        var bytes = File.ReadAllBytes(file);
        bytes[at < 0 ? bytes.Length + at : at] ^= 0x40;
        File.WriteAllBytes(file, bytes);

        Assert.Equal(expected, Frames(Open()));
        Assert.Equal(2, _notices.Count);
        Assert.Equal(expected, Frames(Open()));
        Assert.Equal(2, _notices.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(4100)]
    public void A_truncated_file_is_packed_again(int length)
    {
        var expected = Frames(Open());
        using (var file = File.OpenWrite(PackedCsmFile.PathFor(Checkpoint, Packing)))
        {
            file.SetLength(length);
        }

        Assert.Equal(expected, Frames(Open()));
        Assert.Equal(2, _notices.Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"Version\":2,\"Source\":\"s\",\"Model\":\"m\",\"Packing\":\"p\",\"Length\":1,\"Blocks\":null}")]
    public void A_header_without_its_fields_is_packed_again(string header)
    {
        var expected = Frames(Open());
        using (var file = File.OpenWrite(PackedCsmFile.PathFor(Checkpoint, Packing)))
        {
            file.Position = 8;
            file.Write(BitConverter.GetBytes((long)header.Length));
            file.Write(Encoding.UTF8.GetBytes(header));
        }

        Assert.Equal(expected, Frames(Open()));
        Assert.Equal(2, _notices.Count);
    }

    [Fact]
    public void A_folder_that_takes_no_file_costs_a_notice_and_no_voice()
    {
        var expected = Frames(Open());

        var weights = PackedCsmFile.OpenOrPack(Checkpoint, TinyCsm.Config, Packing, Path.Combine(Checkpoint, "no folder", "x.csmpack"), _notices.Add);

        Assert.Equal(expected, Frames(weights));
        Assert.Contains("cannot be kept", _notices[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Another_checkpoint_under_the_same_name_is_noticed()
    {
        Frames(Open());
        var bytes = File.ReadAllBytes(Checkpoint);
        Array.Fill(bytes, (byte)0, bytes.Length - 4096, 4096);
        File.WriteAllBytes(Checkpoint, bytes);

        Frames(Open());

        Assert.Contains("source", _notices[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_other_formats_is_refused_with_what_was_expected()
    {
        using var weights = TinyCsm.Pack(WeightFormat.Int8);
        var path = Path.Combine(_folder, "other.csmpack");
        PackedCsmFile.Save(weights, path, "somewhere");

        var e = Assert.Throws<CheckpointException>(() => PackedCsmFile.Load(path, TinyCsm.Config, Packing, "somewhere"));

        Assert.Contains("Int4 layers", e.Message, StringComparison.Ordinal);
        Assert.Contains("Int8 layers", e.Message, StringComparison.Ordinal);
        using var loaded = PackedCsmFile.Load(path, TinyCsm.Config, CsmPacking.For(WeightFormat.Int8), "somewhere");
        Assert.Throws<CheckpointException>(() => PackedCsmFile.Load(path, TinyCsm.Config, CsmPacking.For(WeightFormat.Int8), "elsewhere"));
        Assert.Throws<CheckpointException>(() => PackedCsmFile.Load(Checkpoint, TinyCsm.Config, Packing, null));
    }

    [Fact]
    public void A_prompt_kept_on_disk_goes_on_as_the_one_that_was_computed()
    {
        using var weights = Open();
        using var model = new PackedCsmModel(weights, 2);
        var rows = TinyCsm.Rows("b");
        var key = PromptCacheFile.KeyFor(weights, "source", MemoryMarshal.AsBytes(rows.AsSpan()));
        var path = Path.Combine(_folder, "voice.prompt");
        using var computed = model.OpenSession();
        computed.Append(rows);
        PromptCacheFile.Save(computed, path, key);

        using var loaded = PromptCacheFile.TryLoad(model, path, key);

        Assert.NotNull(loaded);
        Assert.Equal(53, loaded.Position);
        Assert.Equal(Frames(computed), Frames(loaded));
        Assert.Null(PromptCacheFile.TryLoad(model, path, PromptCacheFile.KeyFor(weights, "source", MemoryMarshal.AsBytes(rows.AsSpan(7)))));
        Assert.Null(PromptCacheFile.TryLoad(model, path + "x", key));
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Null(PromptCacheFile.TryLoad(model, path, key));
    }

    private PackedCsmWeights Open() => PackedCsmFile.OpenOrPack(Checkpoint, TinyCsm.Config, Packing, notice: _notices.Add);

    private static int[] Frames(PackedCsmWeights weights)
    {
        using (weights)
        {
            using var model = new PackedCsmModel(weights, 1);
            using var session = model.OpenSession();
            session.Append(TinyCsm.Rows("a"));
            return Frames(session);
        }
    }

    private static int[] Frames(PackedCsmSession session)
    {
        var all = new List<int>();
        var codes = new int[6];
        for (var i = 0; i < 6; i++)
        {
            session.GenerateFrame(new TinyCsm.Listener(), codes);
            session.Append(TinyCsm.FrameRow(codes));
            all.AddRange(codes);
        }

        return [.. all];
    }
}
