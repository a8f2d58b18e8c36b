using System.Numerics;
using System.Runtime.InteropServices;

namespace CsmAgent.Tensors.Packing;

/// <summary>CRC-32C over memory: finds torn and flipped bytes at several gigabytes a second; it is no protection against malice.</summary>
public static class Checksums
{
    /// <summary>The checksum of some bytes.</summary>
    /// <param name="bytes">Any number of bytes.</param>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var crc = uint.MaxValue;
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var b in bytes[(words.Length * 8)..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
