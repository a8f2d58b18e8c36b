namespace CsmAgent.Models.Csm;

/// <summary>
/// Lays out a prompt as CSM reads it. A row has one column per codebook and a last one for text; <see cref="Off"/> marks a
/// column that does not count. A segment is its text rows, then one row per audio frame, then a row of all-zero codes that
/// ends the audio.
/// </summary>
/// <param name="config">The model's shape.</param>
public sealed class CsmRows(CsmConfig config)
{
    /// <summary>Marks a column that does not count.</summary>
    public const int Off = -1;

    private readonly List<int> _cells = [];

    /// <summary>All rows, row-major [<see cref="Count"/>, codebooks + 1]; valid until the next row is added.</summary>
    public ReadOnlySpan<int> Cells => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_cells);

    /// <summary>Number of rows, which is the number of positions they take.</summary>
    public int Count => _cells.Count / config.ColumnCount;

    /// <summary>Adds one row per text token.</summary>
    /// <param name="ids">Token ids with BOS and EOS, 0 to the text vocabulary − 1.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public CsmRows AddText(IReadOnlyList<int> ids)
    {
        foreach (var id in ids)
        {
            RequireId(id, config.TextVocabularySize, "text column", Count);
            for (var codebook = 0; codebook < config.CodebookCount; codebook++)
            {
                _cells.Add(Off);
            }

            _cells.Add(id);
        }

        return this;
    }

    /// <summary>Adds the row of one audio frame.</summary>
    /// <param name="codes">One code per codebook, semantic first; 0 to the audio vocabulary − 1.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="ArgumentException">There is not one code per codebook, or a code is outside the vocabulary.</exception>
    public CsmRows AddFrame(ReadOnlySpan<int> codes)
    {
        RequireCodes(config, codes);
        _cells.AddRange(codes);
        _cells.Add(Off);
        return this;
    }

    /// <summary>Adds the all-zero row that ends a segment's audio.</summary>
    /// <returns>This, for chaining.</returns>
    public CsmRows AddEndOfAudio()
    {
        _cells.AddRange(Enumerable.Repeat(0, config.CodebookCount));
        _cells.Add(Off);
        return this;
    }

    /// <summary>Adds a whole segment: text, frames, end of audio.</summary>
    /// <param name="ids">Token ids with BOS and EOS.</param>
    /// <param name="frames">One array of codes per frame.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="ArgumentException">An id or code is outside its vocabulary, or a frame has another number of codebooks.</exception>
    public CsmRows AddSegment(IReadOnlyList<int> ids, IEnumerable<int[]> frames)
    {
        AddText(ids);
        foreach (var frame in frames)
        {
            AddFrame(frame);
        }

        return AddEndOfAudio();
    }

    /// <summary>Checks rows made by somebody else.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="cells">Row-major [rows, codebooks + 1].</param>
    /// <returns>Number of rows, at least 1.</returns>
    /// <exception cref="ArgumentException">There is no whole row, or a value is outside its vocabulary.</exception>
    public static int Require(CsmConfig config, ReadOnlySpan<int> cells)
    {
        if (cells.IsEmpty || cells.Length % config.ColumnCount != 0)
        {
            throw new ArgumentException($"{cells.Length} values are no whole rows of {config.ColumnCount} columns.", nameof(cells));
        }

        for (var i = 0; i < cells.Length; i++)
        {
            var (row, column) = (i / config.ColumnCount, i % config.ColumnCount);
            var count = column == config.CodebookCount ? config.TextVocabularySize : config.AudioVocabularySize;
            if (cells[i] != Off && (uint)cells[i] >= (uint)count)
            {
                // The place is put into words only for a fault: this runs for every frame.
                RequireId(cells[i], count, column == config.CodebookCount ? "text column" : $"codebook {column}", row);
            }
        }

        return cells.Length / config.ColumnCount;
    }

    /// <summary>Checks a range of a session's rows.</summary>
    internal static void RequireRange(int first, int last, int position)
    {
        if (first < 0 || first > last || last >= position)
        {
            throw new ArgumentOutOfRangeException(nameof(last), $"{first} to {last}", $"The session holds {position} rows; a range of them was expected.");
        }
    }

    private static void RequireCodes(CsmConfig config, ReadOnlySpan<int> codes)
    {
        if (codes.Length != config.CodebookCount)
        {
            throw new ArgumentException($"A frame has {config.CodebookCount} codes, one per codebook; {codes.Length} were given.", nameof(codes));
        }

        for (var codebook = 0; codebook < codes.Length; codebook++)
        {
            RequireId(codes[codebook], config.AudioVocabularySize, $"codebook {codebook}", null);
        }
    }

    private static void RequireId(int id, int count, string place, int? row)
    {
        if ((uint)id >= (uint)count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(id), id, $"{(row is null ? string.Empty : $"Row {row}, ")}{place}: expected 0 to {count - 1}.");
        }
    }
}
