namespace CsmAgent.Models.Tokenizers;

/// <summary>
/// The alphabet of byte-level BPE: every byte has a printable character. Printable Latin-1 bytes stand for themselves, the
/// other 68 follow from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    // Byte of each character, −1 for those that stand for none.
    private static readonly short[] Bytes = MakeBytes();

    internal static char ToCharacter(byte value) => Characters[value];

    /// <summary>The byte of a character that <see cref="Spells"/> accepts.</summary>
    internal static byte ToByte(char character) => (byte)Bytes[character];

    /// <summary>True if every character stands for a byte.</summary>
    internal static bool Spells(string token)
    {
        foreach (var character in token)
        {
            if (character >= Bytes.Length || Bytes[character] < 0)
            {
                return false;
            }
        }

        return true;
    }

    internal static string ToText(ReadOnlySpan<byte> bytes) =>
        string.Create(bytes.Length, bytes, static (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = Characters[source[i]];
            }
        });

    private static short[] MakeBytes()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
        {
            bytes[Characters[value]] = (short)value;
        }

        return bytes;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = (char)(printable ? value : next++);
        }

        return characters;
    }
}
