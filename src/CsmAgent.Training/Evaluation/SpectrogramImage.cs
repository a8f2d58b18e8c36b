using System.Buffers.Binary;
using System.IO.Compression;

namespace CsmAgent.Training.Evaluation;

/// <summary>Draws a spectrogram as a small greyscale PNG: 0 to 8 kHz, 80 dB from white to black.</summary>
internal static class SpectrogramImage
{
    private const int Window = 512;
    private const int Hop = 240;
    private const int Rows = 170; // bins of 47 Hz up to 8 kHz

    /// <summary>The PNG's bytes.</summary>
    public static byte[] Draw(float[] samples)
    {
        var columns = Math.Max(1, (samples.Length - Window) / Hop);
        var pixels = new byte[Rows * (columns + 1)];
        for (var column = 0; column < columns && (column * Hop) + Window <= samples.Length; column++)
        {
            var power = Spectrum.Power(samples.AsSpan(column * Hop, Window));
            for (var row = 0; row < Rows; row++)
            {
                var decibels = 10 * Math.Log10(power[Rows - 1 - row] + 1e-10);
                pixels[(row * (columns + 1)) + 1 + column] = (byte)(255 - Math.Clamp((decibels + 70) / 80 * 255, 0, 255));
            }
        }

        return Png(pixels, columns);
    }

    // Each row begins with a filter byte of 0.
    private static byte[] Png(byte[] rows, int width)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Rows);
        header[8] = 8;
        Chunk(png, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        Chunk(png, "IDAT"u8, packed.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(name);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Checksum(Checksum(uint.MaxValue, name), data));
        png.Write(number);
    }

    private static uint Checksum(uint sum, ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) * 0xEDB88320);
            }
        }

        return sum;
    }
}
