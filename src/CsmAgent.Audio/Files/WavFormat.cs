using System.Buffers.Binary;

namespace CsmAgent.Audio.Files;

/// <summary>The body of a WAV file's fmt chunk.</summary>
internal readonly record struct WavFormat(WavEncoding Encoding, int SampleRateHz, int ChannelCount)
{
    private const int TagPcm = 1;
    private const int TagFloat = 3;
    private const int TagExtensible = 0xFFFE;
    private const int MaxSampleRateHz = 768_000;

    public int BytesPerSample => WavSamples.BytesPerSample(Encoding);

    public int BlockAlign => BytesPerSample * ChannelCount;

    public static WavFormat Parse(ReadOnlySpan<byte> body, string name)
    {
        if (body.Length < 16)
        {
            throw WavFile.Broken(name, "fmt chunk's size", "at least 16 bytes", $"{body.Length}");
        }

        var tag = (int)BinaryPrimitives.ReadUInt16LittleEndian(body);
        var channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        var align = BinaryPrimitives.ReadUInt16LittleEndian(body[12..]);
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(body[14..]);
        if (tag == TagExtensible)
        {
            if (body.Length < 40)
            {
                throw WavFile.Broken(name, "fmt chunk's size", "40 bytes for the extensible format", $"{body.Length}");
            }

            // The sub-format is a GUID that starts with the plain tag.
            tag = BinaryPrimitives.ReadUInt16LittleEndian(body[24..]);
        }

        var encoding = (tag, bits) switch
        {
            (TagPcm, 8) => WavEncoding.Pcm8,
            (TagPcm, 16) => WavEncoding.Pcm16,
            (TagPcm, 24) => WavEncoding.Pcm24,
            (TagPcm, 32) => WavEncoding.Pcm32,
            (TagFloat, 32) => WavEncoding.Ieee32,
            (TagFloat, 64) => WavEncoding.Ieee64,
            _ => throw WavFile.Broken(name, "format tag and bits per sample", "PCM (1) of 8, 16, 24 or 32 bits or float (3) of 32 or 64", $"{tag} of {bits} bits"),
        };
        if (channels is < 1 or > 2)
        {
            throw WavFile.Broken(name, "channels", "1 or 2", $"{channels}");
        }

        if (rate is < 1 or > MaxSampleRateHz)
        {
            throw WavFile.Broken(name, "sample rate", $"1 to {MaxSampleRateHz} Hz", $"{rate}");
        }

        var format = new WavFormat(encoding, (int)rate, channels);
        return align == format.BlockAlign
            ? format
            : throw WavFile.Broken(name, "block align", $"{format.BlockAlign} bytes for {channels} x {bits} bits", $"{align}");
    }

    /// <summary>Writes the 44 bytes before the samples; returns their number.</summary>
    public int WriteHeader(Span<byte> header, uint dataBytes)
    {
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], WavWriter.HeaderBytes - 8 + dataBytes + (dataBytes & 1));
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteUInt16LittleEndian(header[20..], (ushort)(Encoding is WavEncoding.Ieee32 or WavEncoding.Ieee64 ? TagFloat : TagPcm));
        BinaryPrimitives.WriteUInt16LittleEndian(header[22..], (ushort)ChannelCount);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], (uint)SampleRateHz);
        BinaryPrimitives.WriteUInt32LittleEndian(header[28..], (uint)(SampleRateHz * BlockAlign));
        BinaryPrimitives.WriteUInt16LittleEndian(header[32..], (ushort)BlockAlign);
        BinaryPrimitives.WriteUInt16LittleEndian(header[34..], (ushort)(8 * BytesPerSample));
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], dataBytes);
        return WavWriter.HeaderBytes;
    }
}
