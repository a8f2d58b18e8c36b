namespace CsmAgent.Models.Tokenizers;

/// <summary>
/// The alphabet of byte-level BPE: every byte has a printable character. Printable Latin-1 bytes stand for themselves, the
/// other 68 follow from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(value => Characters[value], value => (byte)value);

    internal static char ToCharacter(byte value) => Characters[value];

    internal static bool TryToByte(char character, out byte value) => Bytes.TryGetValue(character, out value);

    internal static string ToText(ReadOnlySpan<byte> bytes) =>
        string.Create(bytes.Length, bytes, static (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = Characters[source[i]];
            }
        });

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
