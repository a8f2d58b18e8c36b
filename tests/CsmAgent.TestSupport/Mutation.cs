using System.Text;

namespace CsmAgent.TestSupport;

/// <summary>Damages files in the ways that break parsers: cut, flipped, doubled and moved bytes, absurd numbers, values of another kind.</summary>
public static class Mutation
{
    private static readonly string[] Values =
    [
        "-1", "0", "1", "2147483647", "4294967296", "9223372036854775807", "-9223372036854775808", "1e308", "-1e-308", "1e999",
        "null", "true", "false", "\"\"", "\"x\"", "\"\\ud800\"", "[]", "{}", "[[]]", "[1,2,3]", "{\"a\":1}", "[null]",
    ];

    /// <summary>Returns a damaged copy; the same seed does the same damage.</summary>
    public static byte[] Of(ReadOnlySpan<byte> source, int seed)
    {
        var random = new Random(seed);
        var bytes = source.ToArray();
        for (var left = random.Next(1, 4); left > 0 && bytes.Length > 0; left--)
        {
            bytes = random.Next(8) switch
            {
                0 => bytes[..random.Next(bytes.Length)],
                1 or 2 => Flip(bytes, random),
                3 => Double(bytes, random),
                4 => Remove(bytes, random),
                _ => ReplaceValue(bytes, random),
            };
        }

        return bytes;
    }

    private static byte[] Flip(byte[] bytes, Random random)
    {
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] Double(byte[] bytes, Random random)
    {
        var (start, length) = Piece(bytes, random);
        return [.. bytes[..(start + length)], .. bytes[start..]];
    }

    private static byte[] Remove(byte[] bytes, Random random)
    {
        var (start, length) = Piece(bytes, random);
        return [.. bytes[..start], .. bytes[(start + length)..]];
    }

    // Replaces what stands between a colon, comma or bracket and the next one.
    private static byte[] ReplaceValue(byte[] bytes, Random random)
    {
        var from = random.Next(bytes.Length);
        var found = bytes.AsSpan(from).IndexOfAny(":,["u8);
        if (found < 0)
        {
            return Flip(bytes, random);
        }

        var start = from + found + 1;
        var length = Math.Max(0, bytes.AsSpan(start).IndexOfAny(",]}"u8));
        return [.. bytes[..start], .. Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]), .. bytes[(start + length)..]];
    }

    private static (int Start, int Length) Piece(byte[] bytes, Random random)
    {
        var start = random.Next(bytes.Length);
        return (start, random.Next(Math.Min(64, bytes.Length - start) + 1));
    }
}
