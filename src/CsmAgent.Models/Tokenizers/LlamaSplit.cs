using System.Globalization;
using System.Text;

namespace CsmAgent.Models.Tokenizers;

/// <summary>
/// Cuts text into the pieces that byte-pair merging never crosses: Llama 3's split expression, written out over code points,
/// because .NET's expressions count UTF-16 units and would take 𝓗 or 𠀀 for no letters.
/// </summary>
internal static class LlamaSplit
{
    /// <summary>The expression this computes; alternatives are tried in this order.</summary>
    internal const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private enum Kind : byte
    {
        Letter,
        Number,
        Space,
        Newline,
        Other,
    }

    /// <summary>The pieces in order; together they are the text.</summary>
    internal static IEnumerable<string> Pieces(string text)
    {
        var (kinds, starts) = Classify(text);
        for (var first = 0; first < kinds.Length;)
        {
            var end = End(text, kinds, starts, first);
            yield return text[starts[first]..starts[end]];
            first = end;
        }
    }

    private static (Kind[] Kinds, int[] Starts) Classify(string text)
    {
        var (kinds, starts) = (new List<Kind>(text.Length), new List<int>(text.Length + 1));
        var start = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            kinds.Add(KindOf(rune));
            starts.Add(start);
            // A lone surrogate is one unit and enumerated as U+FFFD, which is one unit as well.
            start += rune.Utf16SequenceLength;
        }

        starts.Add(start);
        return ([.. kinds], [.. starts]);
    }

    private static Kind KindOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
        _ when rune.Value is '\r' or '\n' => Kind.Newline,
        _ when Rune.IsWhiteSpace(rune) => Kind.Space,
        _ => Kind.Other,
    };

    private static int End(string text, Kind[] kinds, int[] starts, int first)
    {
        if (Contraction(text, starts[first]) is var length && length > 0)
        {
            return first + length;
        }

        if (kinds[first] == Kind.Letter)
        {
            return Run(kinds, first, Kind.Letter);
        }

        if (kinds[first] is Kind.Other or Kind.Space && At(kinds, first + 1) == Kind.Letter)
        {
            return Run(kinds, first + 1, Kind.Letter);
        }

        if (kinds[first] == Kind.Number)
        {
            return Math.Min(Run(kinds, first, Kind.Number), first + 3);
        }

        var symbols = text[starts[first]] == ' ' ? first + 1 : first;
        return At(kinds, symbols) == Kind.Other
            ? Run(kinds, Run(kinds, symbols, Kind.Other), Kind.Newline)
            : EndOfWhiteSpace(kinds, first);
    }

    // \s*[\r\n]+ ends after the last newline of the run; without one, all but the last space, which belongs to what follows.
    private static int EndOfWhiteSpace(Kind[] kinds, int first)
    {
        var (end, afterNewline) = (first, first);
        while (At(kinds, end) is Kind.Space or Kind.Newline)
        {
            afterNewline = kinds[end++] == Kind.Newline ? end : afterNewline;
        }

        if (afterNewline > first)
        {
            return afterNewline;
        }

        return end == kinds.Length || end == first + 1 ? end : end - 1;
    }

    // 's 't 're 've 'm 'll 'd in any case; U+017F (long s) folds to s. The number of code points, 0 if it is none.
    private static int Contraction(string text, int start)
    {
        if (text[start] != '\'' || start + 1 >= text.Length)
        {
            return 0;
        }

        var first = char.ToLowerInvariant(text[start + 1]);
        if (first is 's' or 't' or 'm' or 'd' or '\u017F')
        {
            return 2;
        }

        var second = start + 2 < text.Length ? char.ToLowerInvariant(text[start + 2]) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static Kind? At(Kind[] kinds, int index) => index < kinds.Length ? kinds[index] : null;

    private static int Run(Kind[] kinds, int first, Kind kind)
    {
        while (first < kinds.Length && kinds[first] == kind)
        {
            first++;
        }

        return first;
    }
}
