using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace CsmAgent.Training.Corpus;

/// <summary>A prepared corpus on disk: items, their samples, and phones as numbers. Safe for concurrent readers.</summary>
public sealed class PreparedCorpus : IDisposable
{
    internal const string AudioFile = "audio.s16";
    internal const string ItemsFile = "items.tsv";
    internal const string FactsFile = "corpus.json";
    internal const int Version = 1;

    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _audio;
    private readonly byte[][] _labels;

    private PreparedCorpus(string folder, IReadOnlyList<CorpusItem> items)
    {
        Items = items;
        Voices = [.. items.Select(item => item.Voice).Distinct().Order(StringComparer.Ordinal)];
        var symbols = items.SelectMany(item => PhoneRuns.Parse(item.Phones)).Select(run => run.Symbol)
            .Where(symbol => symbol != PhoneRuns.Silence).Distinct().Order(StringComparer.Ordinal);
        PhoneSymbols = [PhoneRuns.Silence, .. symbols];
        if (PhoneSymbols.Count > byte.MaxValue)
        {
            throw new InvalidDataException($"{folder}: {PhoneSymbols.Count} phone symbols; at most {byte.MaxValue} are supported.");
        }

        var number = PhoneSymbols.Select((symbol, index) => (symbol, index)).ToDictionary(pair => pair.symbol, pair => (byte)pair.index);
        _labels = [.. items.Select(item => Labels(item, number))];
        _audio = File.OpenHandle(Path.Combine(folder, AudioFile));
    }

    /// <summary>All utterances.</summary>
    public IReadOnlyList<CorpusItem> Items { get; }

    /// <summary>Names of the voices, sorted.</summary>
    public IReadOnlyList<string> Voices { get; }

    /// <summary>Phone symbols; the index is the label, 0 is silence.</summary>
    public IReadOnlyList<string> PhoneSymbols { get; }

    /// <summary>Opens what <see cref="CorpusPreparer"/> wrote.</summary>
    /// <param name="folder">The prepared folder.</param>
    /// <exception cref="InvalidDataException">It is not a prepared corpus of this version, or its files disagree.</exception>
    public static PreparedCorpus Open(string folder)
    {
        var facts = Path.Combine(folder, FactsFile);
        if (!File.Exists(facts))
        {
            throw new InvalidDataException($"{folder}: not a prepared corpus (no {FactsFile}). Make it with: csm-agent corpus prepare SOURCE {folder}");
        }

        using var json = JsonDocument.Parse(File.ReadAllText(facts));
        if (!json.RootElement.TryGetProperty("version", out var version) || version.GetInt32() != Version)
        {
            throw new InvalidDataException($"{facts}: version {(version.ValueKind == JsonValueKind.Undefined ? "missing" : version)}, expected {Version}. Prepare the corpus again.");
        }

        var items = File.ReadLines(Path.Combine(folder, ItemsFile)).Select(Parse).ToList();
        var needed = items.Max(item => item.Start + item.Samples) * sizeof(short);
        var audio = new FileInfo(Path.Combine(folder, AudioFile));
        return audio.Exists && audio.Length >= needed
            ? new(folder, items)
            : throw new InvalidDataException($"{audio.FullName}: {(audio.Exists ? audio.Length : 0)} bytes, expected {needed}. Prepare the corpus again.");
    }

    /// <summary>Reads samples of an item as floats in −1 to 1.</summary>
    /// <param name="item">Index into <see cref="Items"/>.</param>
    /// <param name="from">First sample within the item.</param>
    /// <param name="into">Filled; what lies beyond the item's end is silence.</param>
    public void Read(int item, int from, Span<float> into)
    {
        var entry = Items[item];
        var count = Math.Clamp(entry.Samples - from, 0, into.Length);
        var buffer = new short[count];
        RandomAccess.Read(_audio, MemoryMarshal.AsBytes(buffer.AsSpan()), (entry.Start + from) * sizeof(short));
        for (var i = 0; i < count; i++)
        {
            into[i] = buffer[i] * (1f / 32_768);
        }

        into[count..].Clear();
    }

    /// <summary>Reads a whole item.</summary>
    /// <param name="item">Index into <see cref="Items"/>.</param>
    public float[] Read(int item)
    {
        var samples = new float[Items[item].Samples];
        Read(item, 0, samples);
        return samples;
    }

    /// <summary>Phone labels of an item, one per 20 ms; beyond the last is silence.</summary>
    /// <param name="item">Index into <see cref="Items"/>.</param>
    public ReadOnlySpan<byte> Labels(int item) => _labels[item];

    /// <inheritdoc/>
    public void Dispose() => _audio.Dispose();

    internal static string Format(CorpusItem item) =>
        string.Join('\t', item.Start, item.Samples, item.Voice, item.IsHeldOut ? 1 : 0, item.Text, item.Phones);

    private static CorpusItem Parse(string line)
    {
        var cells = line.Split('\t');
        return cells.Length == 6
            ? new(long.Parse(cells[0], CultureInfo.InvariantCulture), int.Parse(cells[1], CultureInfo.InvariantCulture), cells[2], cells[3] == "1", cells[4], cells[5])
            : throw new InvalidDataException($"{ItemsFile}: a line has {cells.Length} columns, expected 6. Prepare the corpus again.");
    }

    private static byte[] Labels(CorpusItem item, Dictionary<string, byte> number)
    {
        var labels = new byte[item.Samples / PhoneRuns.SamplesPerLabel];
        var next = 0;
        foreach (var (symbol, count) in PhoneRuns.Parse(item.Phones))
        {
            for (var i = 0; i < count && next < labels.Length; i++)
            {
                labels[next++] = number[symbol];
            }
        }

        return labels;
    }
}
