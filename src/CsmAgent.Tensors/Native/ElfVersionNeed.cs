using System.Buffers.Binary;
using System.Text;

namespace CsmAgent.Tensors.Native;

/// <summary>
/// Edits the table of needed symbol versions in an ELF image (System V gABI, "Symbol Versioning"; 64-bit little endian).
/// A need that is marked weak makes the dynamic loader warn instead of refusing the file.
/// </summary>
internal static class ElfVersionNeed
{
    private const uint DynamicSymbols = 11;
    private const uint VersionNeeds = 0x6ffffffe;
    private const uint SymbolVersions = 0x6fffffff;
    private const ushort Weak = 2;
    private const int SymbolBytes = 24;

    /// <summary>Marks <paramref name="version"/> weak if <paramref name="onlySymbol"/> is all that needs it.</summary>
    internal static bool TryWeaken(Span<byte> image, string version, string onlySymbol, out string reason)
    {
        try
        {
            return TryWeakenWhole(image, version, onlySymbol, out reason);
        }
        catch (ArgumentException)
        {
            // A table points out of the file.
            reason = "its tables are damaged.";
            return false;
        }
    }

    private static bool TryWeakenWhole(Span<byte> image, string version, string onlySymbol, out string reason)
    {
        if (image.Length < 64 || !image[..6].SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
        {
            reason = "it is not a 64-bit little-endian ELF file.";
            return false;
        }

        var needs = Section(image, VersionNeeds);
        if (FindNeed(image, needs, version) is not { } need)
        {
            reason = $"it does not need {version}.";
            return false;
        }

        foreach (var symbol in SymbolsOf(image, U16(image, need + 6)))
        {
            if (symbol != onlySymbol)
            {
                reason = $"its symbol {symbol} really needs {version}.";
                return false;
            }
        }

        BinaryPrimitives.WriteUInt16LittleEndian(image[(need + 4)..], (ushort)(U16(image, need + 4) | Weak));
        reason = string.Empty;
        return true;
    }

    private static int? FindNeed(ReadOnlySpan<byte> image, SectionHeader needs, string version)
    {
        for (int file = needs.Offset, files = 0; files < needs.Info; files++)
        {
            var need = file + (int)U32(image, file + 8);
            for (int left = U16(image, file + 2), next = -1; left > 0 && next != 0; left--, need += next)
            {
                if (Text(image, needs.Strings + (int)U32(image, need + 8)) == version)
                {
                    return need;
                }

                next = Next(image, need + 12);
            }

            var after = Next(image, file + 12);
            if (after == 0)
            {
                break;
            }

            file += after;
        }

        return null;
    }

    // Both kinds of entry have 16 bytes; the last one's distance is 0 and is not followed. Whatever else is shorter would let a
    // damaged file count for ever.
    private static int Next(ReadOnlySpan<byte> image, int offset) =>
        U32(image, offset) is var distance && distance is 0 or (>= 16 and <= int.MaxValue) ? (int)distance : throw new ArgumentException("The entries overlap.");

    private static List<string> SymbolsOf(ReadOnlySpan<byte> image, ushort versionIndex)
    {
        var symbols = Section(image, DynamicSymbols);
        var versions = Section(image, SymbolVersions);
        var names = new List<string>();
        for (var i = 0; i < versions.Size / 2; i++)
        {
            if (U16(image, versions.Offset + (2 * i)) == versionIndex)
            {
                names.Add(Text(image, symbols.Strings + (int)U32(image, symbols.Offset + (SymbolBytes * i))));
            }
        }

        return names;
    }

    private static SectionHeader Section(ReadOnlySpan<byte> image, uint type)
    {
        var table = (int)U64(image, 40);
        int entryBytes = U16(image, 58);
        for (var i = 0; i < U16(image, 60); i++)
        {
            var header = table + (i * entryBytes);
            if (U32(image, header + 4) == type)
            {
                var strings = table + ((int)U32(image, header + 40) * entryBytes);
                return new SectionHeader(
                    (int)U64(image, header + 24), (int)U64(image, header + 32), (int)U64(image, strings + 24), U32(image, header + 44));
            }
        }

        return default;
    }

    private static string Text(ReadOnlySpan<byte> image, int offset)
    {
        var text = image[offset..];
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    private static ushort U16(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(image[offset..]);

    private static uint U32(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image[offset..]);

    private static ulong U64(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(image[offset..]);

    private readonly record struct SectionHeader(int Offset, int Size, int Strings, uint Info);
}
