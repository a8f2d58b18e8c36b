using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CsmAgent.Engines.Bench;

/// <summary>What a measurement found, in order.</summary>
/// <param name="Title">One line on what was measured and with what.</param>
public sealed class BenchReport(string Title)
{
    private readonly List<BenchValue> _values = [];

    /// <summary>One line on what was measured and with what.</summary>
    public string Title { get; } = Title;

    /// <summary>The figures.</summary>
    public IReadOnlyList<BenchValue> Values => _values;

    /// <summary>What a reader must know to read the figures right; null for nothing.</summary>
    public string? Remark { get; private set; }

    /// <summary>Sets the remark under the figures.</summary>
    public void Note(string remark) => Remark = remark;

    /// <summary>Adds a figure.</summary>
    /// <param name="key">Its name in JSON; a dot descends.</param>
    /// <param name="value">The number.</param>
    /// <param name="unit">Its unit, or empty.</param>
    /// <param name="goal">What it should be, as shown.</param>
    public void Add(string key, double value, string unit = "", string? goal = null) => _values.Add(new(key, value, unit, goal));

    /// <summary>Adds the percentiles of a sample under one name.</summary>
    /// <param name="key">Their common name.</param>
    /// <param name="sample">At least one value.</param>
    /// <param name="unit">Their unit.</param>
    public void AddPercentiles(string key, IEnumerable<double> sample, string unit)
    {
        var sorted = sample.Order().ToArray();
        Add($"{key}.least", sorted[0], unit);
        foreach (var percent in new[] { 50, 95, 99 })
        {
            Add($"{key}.p{percent}", Percentile(sorted, percent), unit);
        }
    }

    /// <summary>The median.</summary>
    /// <param name="sample">At least one value.</param>
    public static double Median(IEnumerable<double> sample) => Percentile([.. sample.Order()], 50);

    /// <summary>The figures as an object; dots in keys become nested objects.</summary>
    public string ToJson()
    {
        var root = new JsonObject { ["title"] = Title };
        foreach (var value in _values)
        {
            var path = value.Key.Split('.');
            var at = root;
            foreach (var step in path[..^1])
            {
                at = (JsonObject)(at[step] ??= new JsonObject());
            }

            at[path[^1]] = Math.Round(value.Value, 6);
        }

        if (Remark is not null)
        {
            root["remark"] = Remark;
        }

        return root.ToJsonString(Indented);
    }

    /// <summary>The figures as lines of a table.</summary>
    public IEnumerable<string> ToLines()
    {
        yield return Title;
        foreach (var value in _values)
        {
            var number = Math.Abs(value.Value) >= 100 ? value.Value.ToString("N0", CultureInfo.InvariantCulture) : value.Value.ToString("G3", CultureInfo.InvariantCulture);
            yield return $"  {value.Key,-28}{number,12} {value.Unit,-8}{(value.Goal is null ? string.Empty : $"goal {value.Goal}")}".TrimEnd();
        }

        if (Remark is not null)
        {
            yield return Remark;
        }
    }

    private static double Percentile(double[] sorted, int percent) => sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
