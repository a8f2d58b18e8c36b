using System.Buffers.Binary;

namespace CsmAgent.Audio.Files;

/// <summary>Reads and writes whole WAV files: PCM of 8 to 32 bits and float, mono or stereo, any rate.</summary>
public static class WavFile
{
    private const int MaxHeaderChunks = 1_000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="AudioFileException">It is missing, unreadable, truncated, or not a WAV file of a kind named above.</exception>
    public static WavAudio Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return Read(stream, path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new AudioFileException($"'{path}' cannot be read: {problem.Message}", problem);
        }
    }

    /// <summary>Reads from a seekable stream.</summary>
    /// <param name="stream">Positioned at the start of the file; borrowed.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="AudioFileException">As for <see cref="Read(string)"/>.</exception>
    public static WavAudio Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var riff = new byte[12];
        Fill(stream, riff, name, "RIFF header");
        if (!riff.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !riff.AsSpan(8, 4).SequenceEqual("WAVE"u8))
        {
            throw Broken(name, "the first 12 bytes", "'RIFF', a size, 'WAVE'", "something else; is this a WAV file?");
        }

        WavFormat? format = null;
        var header = new byte[8];
        for (var chunk = 0; chunk < MaxHeaderChunks; chunk++)
        {
            Fill(stream, header, name, format is null ? "fmt chunk" : "data chunk");
            var size = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4));
            var left = stream.Length - stream.Position;
            if (header.AsSpan(0, 4).SequenceEqual("data"u8))
            {
                var known = format ?? throw Broken(name, "fmt chunk", "one before the data chunk", "none");
                return size > left
                    ? throw Broken(name, "data chunk's size", $"at most the {left} bytes that follow", $"{size}; the file is truncated or its writer did not finish")
                    : ReadSamples(stream, name, known, size);
            }

            if (size > left)
            {
                throw Broken(name, $"size of chunk {chunk}", $"at most the {left} bytes that follow", $"{size}");
            }

            if (header.AsSpan(0, 4).SequenceEqual("fmt "u8))
            {
                var body = new byte[Math.Min(size, 40)];
                Fill(stream, body, name, "fmt chunk");
                format = WavFormat.Parse(body, name);
                stream.Seek(size - body.Length, SeekOrigin.Current);
            }
            else
            {
                stream.Seek(size, SeekOrigin.Current);
            }

            // Chunks start at even offsets.
            stream.Seek(size & 1, SeekOrigin.Current);
        }

        throw Broken(name, "chunks before the sound", $"at most {MaxHeaderChunks}", "more");
    }

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="interleaved">Samples within [-1, 1], channels side by side; larger ones are limited in PCM encodings.</param>
    /// <param name="sampleRateHz">Samples per second and channel.</param>
    /// <param name="channelCount">1 or 2.</param>
    /// <param name="encoding">How samples are stored.</param>
    /// <exception cref="AudioFileException">It cannot be written, or a sample is not finite.</exception>
    public static void Write(
        string path,
        ReadOnlySpan<float> interleaved,
        int sampleRateHz = AudioFormat.SampleRateHz,
        int channelCount = 1,
        WavEncoding encoding = WavEncoding.Pcm16)
    {
        using var writer = WavWriter.Create(path, sampleRateHz, channelCount, encoding);
        writer.Write(interleaved);
    }

    internal static AudioFileException Broken(string name, string field, string expected, string found) =>
        new($"'{name}' is not a readable WAV file: {field}: expected {expected}, found {found}.");

    private static WavAudio ReadSamples(Stream stream, string name, WavFormat format, uint size)
    {
        if (size % format.BlockAlign != 0)
        {
            throw Broken(name, "data chunk's size", $"a multiple of {format.BlockAlign} bytes", $"{size}");
        }

        var count = size / format.BytesPerSample;
        if (count > Array.MaxLength)
        {
            throw Broken(name, "data chunk's size", "at most 2^31 samples", $"{count}");
        }

        var samples = new float[count];
        var buffer = new byte[Math.Min(size, 48 * 1_024)];
        var done = 0;
        while (done < samples.Length)
        {
            var bytes = buffer.AsSpan(0, (int)Math.Min(buffer.Length, (samples.Length - done) * (long)format.BytesPerSample));
            Fill(stream, bytes, name, "data chunk");
            var target = samples.AsSpan(done, bytes.Length / format.BytesPerSample);
            WavSamples.Decode(bytes, target, format.Encoding);
            for (var i = 0; i < target.Length; i++)
            {
                if (!float.IsFinite(target[i]))
                {
                    throw Broken(name, $"sample {done + i}", "a finite number", $"{target[i]}");
                }
            }

            done += target.Length;
        }

        return new WavAudio(samples, format.SampleRateHz, format.ChannelCount);
    }

    private static void Fill(Stream stream, Span<byte> buffer, string name, string field)
    {
        var got = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (got < buffer.Length)
        {
            throw Broken(name, field, $"{buffer.Length} bytes", $"{got} before the end of the file");
        }
    }
}
