using System.Buffers.Binary;
using CsmAgent.Audio.Files;
using CsmAgent.TestSupport;

namespace CsmAgent.Audio.Tests.Files;

public sealed class WavFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csm-wav-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(WavEncoding.Pcm8, 1, 8_000, 1 / 128f)]
    [InlineData(WavEncoding.Pcm16, 2, 44_100, 1 / 32_768f)]
    [InlineData(WavEncoding.Pcm24, 1, 48_000, 1 / 8_388_608f)]
    [InlineData(WavEncoding.Pcm24, 2, 11_025, 1 / 8_388_608f)]
    [InlineData(WavEncoding.Pcm32, 2, 96_000, 1e-7f)]
    [InlineData(WavEncoding.Ieee32, 1, 24_000, 0)]
    [InlineData(WavEncoding.Ieee64, 2, 22_051, 0)]
    public void What_is_written_is_read_back_within_one_step(WavEncoding encoding, int channels, int rate, float step)
    {
        var path = Path.Combine(_folder, "a.wav");
        var samples = TestSignals.Noise(channels * 1_001, 7);
        (samples[0], samples[1 * channels]) = (1, -1);

        WavFile.Write(path, samples, rate, channels, encoding);
        var read = WavFile.Read(path);

        Assert.Equal((rate, channels, 1_001), (read.SampleRateHz, read.ChannelCount, read.SampleCount));
        for (var i = 0; i < samples.Length; i++)
        {
            Assert.InRange(read.Interleaved[i] - samples[i], -step, step);
        }

        var again = Path.Combine(_folder, "b.wav");
        WavFile.Write(again, read.Interleaved, rate, channels, encoding);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(again));
    }

    [Fact]
    public void Stereo_is_split_and_mixed()
    {
        var audio = new WavAudio([0.5f, -0.5f, 0.25f, 0.75f], 24_000, 2);

        Assert.Equal([0.5f, 0.25f], audio.Channel(0));
        Assert.Equal([-0.5f, 0.75f], audio.Channel(1));
        Assert.Equal([0, 0.5f], audio.ToMono());
    }

    [Fact]
    public void Every_recording_in_the_fixtures_is_read()
    {
        var files = Directory.GetFiles(Fixtures.Path("speech"), "*.wav").Concat(Directory.GetFiles(Fixtures.Path("voice-activity"), "*.wav", SearchOption.AllDirectories)).ToArray();
        Assert.True(files.Length > 40, $"only {files.Length} files");
        foreach (var file in files)
        {
            var audio = WavFile.Read(file);
            Assert.True(audio.SampleCount > 1_000, file);
            Assert.InRange(TestSignals.Db(audio.Interleaved), -80, 0);
        }
    }

    [Fact]
    public void The_extensible_format_and_chunks_of_other_kinds_are_understood()
    {
        var file = Build(channels: 1, bits: 16, tag: 0xFFFE, subTag: 1, data: [1, 0, 0, 0x40], extra: true);

        var audio = WavFile.Read(new MemoryStream(file), "x.wav");

        Assert.Equal([1 / 32_768f, 0.5f], audio.Interleaved);
    }

    [Theory]
    [InlineData("format tag", 2, 16, 1, 24_000, 4)]
    [InlineData("bits", 1, 12, 1, 24_000, 4)]
    [InlineData("channels", 1, 16, 0, 24_000, 4)]
    [InlineData("channels", 1, 16, 3, 24_000, 6)]
    [InlineData("sample rate", 1, 16, 1, 0, 4)]
    [InlineData("data chunk's size", 1, 16, 2, 24_000, 6)]
    public void A_format_it_cannot_read_is_named(string field, int tag, int bits, int channels, int rate, int bytes)
    {
        var file = Build(channels, bits, tag, subTag: 0, new byte[bytes], extra: false, rate);

        var problem = Assert.Throws<AudioFileException>(() => WavFile.Read(new MemoryStream(file), "x.wav"));

        Assert.Contains(field, problem.Message, StringComparison.Ordinal);
        Assert.Contains("x.wav", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_that_lies_is_an_error_and_not_an_allocation()
    {
        var file = Build(channels: 1, bits: 16, tag: 1, subTag: 0, data: new byte[8], extra: false);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(40), 0xFFFF_FFFE);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var problem = Assert.Throws<AudioFileException>(() => WavFile.Read(new MemoryStream(file), "x.wav"));

        Assert.Contains("truncated", problem.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void A_sample_that_is_no_number_is_named()
    {
        var data = new byte[12];
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(8), float.NaN);
        var file = Build(channels: 1, bits: 32, tag: 3, subTag: 0, data, extra: false);

        Assert.Contains("sample 2", Assert.Throws<AudioFileException>(() => WavFile.Read(new MemoryStream(file), "x.wav")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("RIFF")]
    [InlineData("not a sound file at all, but a text that goes on for a while")]
    public void Something_else_is_an_error_that_says_so(string content)
    {
        var path = Path.Combine(_folder, "t.wav");
        File.WriteAllText(path, content);

        Assert.Contains(path, Assert.Throws<AudioFileException>(() => WavFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_errors_that_name_them()
    {
        Assert.Contains("nowhere.wav", Assert.Throws<AudioFileException>(() => WavFile.Read(Path.Combine(_folder, "nowhere.wav"))).Message, StringComparison.Ordinal);
        Assert.Contains(_folder, Assert.Throws<AudioFileException>(() => WavFile.Read(_folder)).Message, StringComparison.Ordinal);
        Assert.Throws<AudioFileException>(() => WavFile.Write(_folder, [0f]));
    }

    [Fact]
    public void Ten_thousand_broken_files_give_an_error_or_sound_and_never_more_memory_than_the_file_warrants()
    {
        var (errors, sounds) = (0, 0);
        for (var seed = 0; seed < 10_000; seed++)
        {
            var random = new Random(seed);
            var (bits, tag) = new[] { (8, 1), (16, 1), (24, 1), (32, 1), (32, 3), (64, 3) }[random.Next(6)];
            var channels = random.Next(1, 3);
            var data = new byte[channels * (bits / 8) * random.Next(0, 30)];
            random.NextBytes(data);
            var file = Build(channels, bits, random.Next(2) == 0 ? 0xFFFE : tag, tag, data, random.Next(2) == 0);
            for (var i = random.Next(4); i > 0; i--)
            {
                // Mostly in the header: that is where the traps are.
                file[random.Next(random.Next(3) == 0 ? file.Length : Math.Min(60, file.Length))] = (byte)random.Next(256);
            }

            if (random.Next(4) == 0)
            {
                file = file[..random.Next(file.Length)];
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var audio = WavFile.Read(new MemoryStream(file), "x.wav");
                Assert.All(audio.Interleaved, sample => Assert.True(float.IsFinite(sample)));
                sounds++;
            }
            catch (AudioFileException problem)
            {
                Assert.Contains("x.wav", problem.Message, StringComparison.Ordinal);
                errors++;
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000, $"seed {seed}");
        }

        Assert.True(errors > 1_000 && sounds > 1_000, $"{errors} errors, {sounds} sounds");
    }

    private static byte[] Build(int channels, int bits, int tag, int subTag, byte[] data, bool extra, int rate = 24_000)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("RIFF"u8);
        writer.Write(0);
        writer.Write("WAVE"u8);
        if (extra)
        {
            writer.Write("LIST"u8);
            writer.Write(3);
            writer.Write([1, 2, 3, 0]);
        }

        writer.Write("fmt "u8);
        writer.Write(tag == 0xFFFE ? 40 : 16);
        writer.Write((ushort)tag);
        writer.Write((ushort)channels);
        writer.Write(rate);
        writer.Write(rate * channels * bits / 8);
        writer.Write((ushort)(channels * bits / 8));
        writer.Write((ushort)bits);
        if (tag == 0xFFFE)
        {
            writer.Write((ushort)22);
            writer.Write((ushort)bits);
            writer.Write(0);
            writer.Write((ushort)subTag);
            writer.Write(new byte[14]);
        }

        writer.Write("data"u8);
        writer.Write(data.Length);
        writer.Write(data);
        writer.Flush();
        return stream.ToArray();
    }
}
