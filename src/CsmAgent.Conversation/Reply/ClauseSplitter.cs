namespace CsmAgent.Conversation.Reply;

/// <summary>Cuts a stream of text into clauses as early as they can be spoken: the first at the first natural break, so that the
/// voice begins soon, later ones mostly at sentence ends, so that it keeps its melody. Not thread-safe.</summary>
/// <remarks>Clauses keep their text as written (Markdown, digits); <see cref="SpeechText.ToWords"/> makes it speakable.
/// Fenced code blocks are left out.</remarks>
public sealed class ClauseSplitter
{
    private const int FirstClauseWords = 3;
    private const int LaterClauseWords = 8;
    private const string Fence = "```";

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "e.g", "i.e", "approx", "dept", "est", "fig", "no", "vol", "mt", "gen", "col", "sgt",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "min", "max", "ave", "blvd", "rd", "inc", "ltd", "co",
    };

    // These may also end a sentence: the next word's case decides.
    private static readonly HashSet<string> MaybeEnds = new(StringComparer.OrdinalIgnoreCase) { "a.m", "p.m", "etc", "u.s", "inc", "ltd", "co", "no" };

    private readonly int _maximumCharacters;
    private string _pending = string.Empty;
    private bool _inCode;
    private bool _first = true;

    /// <summary>Begins a reply.</summary>
    /// <param name="maximumCharacters">The longest clause, 40 or more; longer runs are cut at a space.</param>
    public ClauseSplitter(int maximumCharacters = 220)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumCharacters, 40);
        _maximumCharacters = maximumCharacters;
    }

    /// <summary>Takes the next piece of text.</summary>
    /// <returns>The clauses that it completed, often none; trimmed, never empty.</returns>
    public IReadOnlyList<string> Add(string delta)
    {
        ArgumentNullException.ThrowIfNull(delta);
        _pending += delta;
        return Take(finished: false);
    }

    /// <summary>Ends the reply.</summary>
    /// <returns>What is left. The splitter is then ready for another reply.</returns>
    public IReadOnlyList<string> Finish()
    {
        var clauses = Take(finished: true);
        _pending = string.Empty;
        _inCode = false;
        _first = true;
        return clauses;
    }

    private List<string> Take(bool finished)
    {
        List<string> clauses = [];
        var start = 0;
        while (true)
        {
            if (_inCode)
            {
                var close = _pending.IndexOf(Fence, start, StringComparison.Ordinal);
                if (close < 0)
                {
                    // Keep what may be the beginning of the closing fence.
                    start = Math.Max(start, finished ? _pending.Length : _pending.Length - 2);
                    break;
                }

                _inCode = false;
                start = close + Fence.Length;
            }

            var end = FindEnd(start, finished);
            if (end < 0)
            {
                break;
            }

            var clause = _pending[start..end].Trim();
            if (clause.Any(char.IsLetterOrDigit))
            {
                clauses.Add(clause);
                _first = false;
            }

            start = end;
            if (string.CompareOrdinal(_pending, start, Fence, 0, Fence.Length) == 0)
            {
                _inCode = true;
                start += Fence.Length;
            }
            else if (start >= _pending.Length)
            {
                break;
            }
        }

        _pending = _pending[Math.Min(start, _pending.Length)..];
        return clauses;
    }

    // The index after the next clause, or -1 when more text is needed.
    private int FindEnd(int start, bool finished)
    {
        var words = 0;
        var space = -1;
        for (var i = start; i < _pending.Length; i++)
        {
            var here = _pending[i];
            if (here == '`' && string.CompareOrdinal(_pending, i, Fence, 0, Fence.Length) == 0)
            {
                return i;
            }

            var last = i + 1 == _pending.Length;
            if (char.IsWhiteSpace(here))
            {
                if (i > start && !char.IsWhiteSpace(_pending[i - 1]))
                {
                    words++;
                    space = i;
                }

                if (here == '\n' && words > 0)
                {
                    return i + 1;
                }
            }
            else if (here is '.' or '!' or '?' or '…' or '。' or '！' or '？')
            {
                var after = i + 1;
                while (after < _pending.Length && _pending[after] is '.' or '!' or '?' or '…' or '"' or '\'' or ')' or ']' or '”' or '’' or '*' or '_')
                {
                    after++;
                }

                if (after == _pending.Length && !finished)
                {
                    // "3." may become "3.5", "Hm." may become "Hm...".
                    return i - start > _maximumCharacters ? space : -1;
                }

                var ends = here > 127 || after == _pending.Length ? true
                    : char.IsWhiteSpace(_pending[after]) ? EndsSentence(start, i, after, finished)
                    : false;
                if (ends != false)
                {
                    return ends is null ? -1 : after;
                }

                i = after - 1;
            }
            else if (!last && char.IsWhiteSpace(_pending[i + 1]) && here is ',' or ';' or ':' or '–' or '—'
                && words + 1 >= (_first ? FirstClauseWords : LaterClauseWords))
            {
                return i + 1;
            }

            if (i - start >= _maximumCharacters)
            {
                return space > start ? space + 1 : i;
            }
        }

        return finished && start < _pending.Length ? _pending.Length : -1;
    }

    // Null when the next word is needed and not there yet.
    private bool? EndsSentence(int start, int dot, int after, bool finished)
    {
        if (_pending[dot] != '.')
        {
            return true;
        }

        var word = dot;
        while (word > start && !char.IsWhiteSpace(_pending[word - 1]))
        {
            word--;
        }

        var token = _pending[word..dot].TrimStart('(', '"', '[', '“', '*', '_');
        var next = after;
        while (next < _pending.Length && char.IsWhiteSpace(_pending[next]))
        {
            next++;
        }

        if (_pending.AsSpan(after, next - after).Contains('\n'))
        {
            return true;
        }

        if (MaybeEnds.Contains(token))
        {
            return next < _pending.Length ? char.IsUpper(_pending[next]) : finished ? true : null;
        }

        var initial = token.Length == 1 && char.IsUpper(token[0]) && token != "I";
        var listNumber = token.Length is 1 or 2 && token.All(char.IsAsciiDigit) && LineStartsAt(word);
        return !Abbreviations.Contains(token) && !initial && !listNumber;
    }

    private bool LineStartsAt(int index)
    {
        while (index > 0 && _pending[index - 1] is ' ' or '\t')
        {
            index--;
        }

        return index == 0 || _pending[index - 1] == '\n';
    }
}
