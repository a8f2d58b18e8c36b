using System.Globalization;

namespace CsmAgent.Training.Corpus;

/// <summary>Reads a corpus folder's <c>index.tsv</c>: file, start, samples, voice, text, phones, under a header line.</summary>
public static class CorpusIndex
{
    private const int Columns = 6;

    /// <summary>Reads the list; lines that cannot be read are reported instead of ending the reading.</summary>
    /// <param name="folder">The corpus folder.</param>
    /// <returns>Readable items with their line numbers, and the others.</returns>
    /// <exception cref="FileNotFoundException">There is no <c>index.tsv</c>.</exception>
    public static (IReadOnlyList<(int Line, SourceItem Item)> Items, IReadOnlyList<SkippedItem> Skipped) Read(string folder)
    {
        var file = Path.Combine(folder, "index.tsv");
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"{folder} is no corpus: it has no index.tsv. Name a folder such as desk-corpus, or make one with 'corpus synth'.", file);
        }

        var items = new List<(int, SourceItem)>();
        var skipped = new List<SkippedItem>();
        var number = 1;
        foreach (var line in File.ReadLines(file).Skip(1))
        {
            number++;
            var cells = line.Split('\t');
            if (cells.Length != Columns
                || !long.TryParse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                || !int.TryParse(cells[2], NumberStyles.None, CultureInfo.InvariantCulture, out var samples))
            {
                skipped.Add(new(folder, number, $"not {Columns} columns of file, start, samples, voice, text, phones"));
                continue;
            }

            items.Add((number, new(cells[0], start, samples, cells[3], cells[4].Trim(), cells[5].Trim())));
        }

        return (items, skipped);
    }
}
