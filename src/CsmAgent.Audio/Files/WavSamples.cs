using System.Buffers.Binary;

namespace CsmAgent.Audio.Files;

/// <summary>Bytes to samples and back. Integer full scale is 2^(bits-1), so decoding then encoding is exact.</summary>
internal static class WavSamples
{
    public static int BytesPerSample(WavEncoding encoding) => encoding switch
    {
        WavEncoding.Pcm8 => 1,
        WavEncoding.Pcm16 => 2,
        WavEncoding.Pcm24 => 3,
        WavEncoding.Pcm32 or WavEncoding.Ieee32 => 4,
        WavEncoding.Ieee64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "Not a WAV encoding."),
    };

    public static void Decode(ReadOnlySpan<byte> bytes, Span<float> samples, WavEncoding encoding)
    {
        var width = BytesPerSample(encoding);
        for (var i = 0; i < samples.Length; i++)
        {
            var at = bytes.Slice(i * width, width);
            samples[i] = encoding switch
            {
                WavEncoding.Pcm8 => (at[0] - 128) / 128f,
                WavEncoding.Pcm16 => BinaryPrimitives.ReadInt16LittleEndian(at) / 32_768f,
                WavEncoding.Pcm24 => ((at[0] << 8) | (at[1] << 16) | (at[2] << 24)) / 2_147_483_648f,
                WavEncoding.Pcm32 => BinaryPrimitives.ReadInt32LittleEndian(at) / 2_147_483_648f,
                WavEncoding.Ieee32 => BinaryPrimitives.ReadSingleLittleEndian(at),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(at),
            };
        }
    }

    public static void Encode(ReadOnlySpan<float> samples, Span<byte> bytes, WavEncoding encoding)
    {
        var width = BytesPerSample(encoding);
        for (var i = 0; i < samples.Length; i++)
        {
            var at = bytes.Slice(i * width, width);
            var sample = samples[i];
            switch (encoding)
            {
                case WavEncoding.Pcm8:
                    at[0] = (byte)(Quantise(sample, 128) + 128);
                    break;
                case WavEncoding.Pcm16:
                    BinaryPrimitives.WriteInt16LittleEndian(at, (short)Quantise(sample, 32_768));
                    break;
                case WavEncoding.Pcm24:
                    var value = (int)Quantise(sample, 8_388_608);
                    (at[0], at[1], at[2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
                    break;
                case WavEncoding.Pcm32:
                    BinaryPrimitives.WriteInt32LittleEndian(at, (int)Quantise(sample, 2_147_483_648));
                    break;
                case WavEncoding.Ieee32:
                    BinaryPrimitives.WriteSingleLittleEndian(at, sample);
                    break;
                default:
                    BinaryPrimitives.WriteDoubleLittleEndian(at, sample);
                    break;
            }
        }
    }

    private static long Quantise(float sample, double fullScale) =>
        (long)Math.Clamp(Math.Round(sample * fullScale), -fullScale, fullScale - 1);
}
