using System.Text.Json;

namespace CsmAgent.Training.Runs;

/// <summary>Scalars of a run, one JSON object per line, for curves. A resumed run drops what lies after its checkpoint.</summary>
public sealed class TrainingLog : IDisposable
{
    private readonly StreamWriter _writer;

    private TrainingLog(StreamWriter writer) => _writer = writer;

    /// <summary>Opens <c>log.jsonl</c> in a run's folder.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="fromStep">Entries after this step are dropped: they will be written again.</param>
    /// <exception cref="InvalidDataException">A line before the last is no entry.</exception>
    public static TrainingLog Open(string folder, long fromStep)
    {
        var file = Path.Combine(folder, "log.jsonl");
        if (File.Exists(file))
        {
            var kept = Read(file).Where(entry => entry["step"] <= fromStep).Select(Line).ToList();
            File.WriteAllLines(file, kept);
        }

        return new(new StreamWriter(file, append: true) { AutoFlush = true });
    }

    /// <summary>Reads a log; a last line cut short by a kill is ignored.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InvalidDataException">A line before the last is no entry.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<string, double>> Read(string file)
    {
        var lines = File.ReadAllLines(file);
        var entries = new List<IReadOnlyDictionary<string, double>>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (TryParse(lines[i]) is { } entry)
            {
                entries.Add(entry);
            }
            else if (i < lines.Length - 1)
            {
                throw new InvalidDataException(
                    $"{file}, line {i + 1}: '{lines[i][..Math.Min(60, lines[i].Length)]}'; expected an object of numbers with a step. Remove the line, or the file: only curves are lost.");
            }
        }

        return entries;
    }

    /// <summary>Writes one line.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="scalars">Name and value.</param>
    public void Write(long step, IEnumerable<(string Name, double Value)> scalars)
    {
        var entry = new Dictionary<string, double> { ["step"] = step };
        foreach (var (name, value) in scalars)
        {
            entry[name] = Math.Round(value, 6);
        }

        _writer.WriteLine(Line(entry));
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static Dictionary<string, double>? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, double>>(line) is { } entry && entry.ContainsKey("step") && entry.Values.All(double.IsFinite) ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Line(IReadOnlyDictionary<string, double> entry) => JsonSerializer.Serialize(entry);
}
