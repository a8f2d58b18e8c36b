using System.Globalization;
using System.Text;

namespace CsmAgent.Conversation.Reply;

/// <summary>Brings any script down to ASCII: accents go, typographic signs become plain ones, emoji disappear, and a run of words in
/// another script is replaced by a statement that names it.</summary>
internal static class SpeechScripts
{
    private static readonly (int From, int To, string Name)[] Scripts =
    [
        (0x0370, 0x03FF, "Greek"), (0x0400, 0x052F, "Cyrillic"), (0x0530, 0x058F, "Armenian"), (0x0590, 0x05FF, "Hebrew"), (0x0600, 0x077F, "Arabic"),
        (0x0900, 0x097F, "Devanagari"), (0x0980, 0x09FF, "Bengali"), (0x0B80, 0x0BFF, "Tamil"), (0x0E00, 0x0E7F, "Thai"), (0x10A0, 0x10FF, "Georgian"),
        (0x1100, 0x11FF, "Korean"), (0x3040, 0x30FF, "Japanese"), (0x3400, 0x9FFF, "Chinese"), (0xAC00, 0xD7AF, "Korean"), (0x20000, 0x2FFFF, "Chinese"),
    ];

    private static readonly Dictionary<int, string> Plain = new()
    {
        ['’'] = "'", ['‘'] = "'", ['`'] = "'", ['´'] = "'", ['“'] = " ", ['”'] = " ", ['„'] = " ", ['«'] = " ", ['»'] = " ", ['–'] = " - ", ['—'] = ", ",
        ['‐'] = "-", ['‑'] = "-", ['…'] = "... ", ['×'] = " times ", ['÷'] = " divided by ", ['−'] = "-", ['≈'] = " about ", ['≤'] = " at most ",
        ['≥'] = " at least ", ['≠'] = " is not ", ['→'] = " to ", ['±'] = " plus or minus ", ['√'] = " the square root of ", ['π'] = " pi ",
        ['ß'] = "ss", ['æ'] = "ae", ['Æ'] = "Ae", ['ø'] = "o", ['Ø'] = "O", ['œ'] = "oe", ['Œ'] = "Oe", ['ł'] = "l", ['Ł'] = "L", ['đ'] = "d", ['Đ'] = "D",
        ['ð'] = "th", ['Ð'] = "Th", ['þ'] = "th", ['Þ'] = "Th", ['ı'] = "i", ['µ'] = "u", ['μ'] = "u", ['⁄'] = "/", ['。'] = ". ", ['、'] = ", ", ['？'] = "? ",
    };

    // Letters with accents by their plain letter; the runtime's own decomposition is off with invariant globalisation.
    private static readonly Dictionary<int, char> Unaccented = new[]
    {
        "AÀÁÂÃÄÅĀĂĄǍ", "CÇĆĈĊČ", "DĎ", "EÈÉÊËĒĔĖĘĚ", "GĜĞĠĢ", "HĤĦ", "IÌÍÎÏĨĪĬĮİ", "JĴ", "KĶ", "LĹĻĽĿ", "NÑŃŅŇ", "OÒÓÔÕÖŌŎŐǑ", "RŔŖŘ", "SŚŜŞŠȘ", "TŢŤŦȚ",
        "UÙÚÛÜŨŪŬŮŰŲǓ", "WŴ", "YÝŶŸ", "ZŹŻŽ",
        "aàáâãäåāăąǎ", "cçćĉċč", "dď", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭį", "jĵ", "kķ", "lĺļľŀ", "nñńņňŉ", "oòóôõöōŏőǒ", "rŕŗř", "sśŝşšșſ", "tţťŧț",
        "uùúûüũūŭůűųǔ", "wŵ", "yýŷÿ", "zźżž",
    }.SelectMany(row => row[1..].Select(letter => ((int)letter, row[0]))).ToDictionary();

    // Signs that the number reader needs as they are.
    private const string Kept = "°£€¥";

    public static string ToAscii(string text)
    {
        var builder = new StringBuilder(text.Length);
        string? foreign = null;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format)
            {
                continue;
            }

            if (Unaccented.TryGetValue(rune.Value, out var letter))
            {
                End(builder, ref foreign);
                builder.Append(letter);
            }
            else if (Plain.TryGetValue(rune.Value, out var plain))
            {
                End(builder, ref foreign);
                builder.Append(plain);
            }
            else if (rune.IsAscii || (rune.IsBmp && Kept.Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                // Words of one script in a row are one statement.
                if (foreign is null || !Rune.IsWhiteSpace(rune))
                {
                    End(builder, ref foreign);
                    builder.Append(rune.ToString());
                }
            }
            else if (Rune.IsLetter(rune))
            {
                var name = NameOf(rune.Value);
                if (foreign is not null && foreign != name)
                {
                    End(builder, ref foreign);
                }

                foreign = name;
            }
            else
            {
                builder.Append(' ');
            }
        }

        End(builder, ref foreign);
        return builder.ToString();
    }

    private static void End(StringBuilder builder, ref string? foreign)
    {
        if (foreign is not null)
        {
            builder.Append(" words in ").Append(foreign).Append(" script ");
            foreign = null;
        }
    }

    private static string NameOf(int value) => Array.Find(Scripts, script => value >= script.From && value <= script.To).Name ?? "another";
}
