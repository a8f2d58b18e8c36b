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

    /// <summary>Whether any item says more than silence in its phones.</summary>
    public bool HasPhoneLabels => PhoneSymbols.Count > 1;

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

        RequireVersion(facts);
        var list = Path.Combine(folder, ItemsFile);
        var items = File.ReadLines(list).Select((line, index) => Parse($"{list}, line {index + 1}", line)).ToList();
        if (items.Count == 0)
        {
            throw new InvalidDataException($"{list}: no item, expected at least one. Prepare the corpus again.");
        }

        var audio = new FileInfo(Path.Combine(folder, AudioFile));
        var samples = audio.Exists ? audio.Length / sizeof(short) : 0;
        return items.FindIndex(item => item.Start > samples - item.Samples) is var beyond && beyond < 0
            ? new(folder, items)
            : throw new InvalidDataException(
                $"{audio.FullName}: {samples} samples; line {beyond + 1} of {ItemsFile} expects {items[beyond].Samples} from {items[beyond].Start} on. Prepare the corpus again.");
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

    private static void RequireVersion(string facts)
    {
        string found;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(facts));
            found = json.RootElement.ValueKind != JsonValueKind.Object ? "no object"
                : json.RootElement.TryGetProperty("version", out var version) ? version.GetRawText()
                : "no version";
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{facts}: no JSON ({fault.Message}). Prepare the corpus again.", fault);
        }

        if (found != $"{Version}")
        {
            throw new InvalidDataException($"{facts}: found {found}, expected version {Version}. Prepare the corpus again.");
        }
    }

    private static CorpusItem Parse(string place, string line)
    {
        var cells = line.Split('\t');
        if (cells.Length != 6
            || !long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            || !int.TryParse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture, out var samples)
            || samples == 0 || samples % 1_920 != 0
            || cells[3] is not ("0" or "1"))
        {
            throw new InvalidDataException(
                $"{place}: '{line[..Math.Min(60, line.Length)]}'; expected start, samples in frames of 1920, voice, 0 or 1, text, phones between tabs. Prepare the corpus again.");
        }

        try
        {
            _ = PhoneRuns.Parse(cells[5]).Count();
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"{place}: {fault.Message} Prepare the corpus again.", fault);
        }

        return new(start, samples, cells[2], cells[3] == "1", cells[4], cells[5]);
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
