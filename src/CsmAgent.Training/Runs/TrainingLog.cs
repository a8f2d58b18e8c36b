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
    public static IReadOnlyList<IReadOnlyDictionary<string, double>> Read(string file)
    {
        var entries = new List<IReadOnlyDictionary<string, double>>();
        foreach (var line in File.ReadLines(file))
        {
            try
            {
                entries.Add(JsonSerializer.Deserialize<Dictionary<string, double>>(line)!);
            }
            catch (JsonException)
            {
                break;
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

    private static string Line(IReadOnlyDictionary<string, double> entry) => JsonSerializer.Serialize(entry);
}
