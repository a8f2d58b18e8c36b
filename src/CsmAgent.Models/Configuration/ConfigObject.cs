using System.Text.Json;
using System.Text.Unicode;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Models.Configuration;

/// <summary>One JSON object of a model's <c>config.json</c>. Every fault names file, field, expected and found.</summary>
public sealed class ConfigObject
{
    /// <summary>The longest configuration that is read, in bytes.</summary>
    public const long MaxBytes = 4 << 20;

    private readonly JsonElement _element;
    private readonly string _path;

    private ConfigObject(string file, string path, JsonElement element) => (FilePath, _path, _element) = (file, path, element);

    /// <summary>The file it came from.</summary>
    public string FilePath { get; }

    /// <summary>Reads a file whose root is an object.</summary>
    /// <exception cref="CheckpointException">The file is too long, no JSON, or its root is no object.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ConfigObject Open(string file)
    {
        var length = new FileInfo(file).Length;
        if (length > MaxBytes)
        {
            throw new CheckpointException(file, null, $"a configuration of at most {MaxBytes} bytes", $"{length} bytes");
        }

        return Parse(file, File.ReadAllBytes(file));
    }

    /// <summary>Reads UTF-8 JSON whose root is an object.</summary>
    /// <param name="file">Named in faults.</param>
    /// <param name="json">The text.</param>
    /// <exception cref="CheckpointException">It is no JSON, or its root is no object.</exception>
    public static ConfigObject Parse(string file, ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw new CheckpointException(file, null, "UTF-8 text", "bytes that are none");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ConfigObject(file, string.Empty, document.RootElement.Clone())
                : throw new CheckpointException(file, null, "a JSON object", $"a JSON {document.RootElement.ValueKind}");
        }
        catch (JsonException exception)
        {
            throw new CheckpointException(file, null, "a JSON object", exception.Message);
        }
    }

    /// <summary>The object as JSON text.</summary>
    public string Json => _element.GetRawText();

    /// <summary>True if the field is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The object in a field; null if the field is missing or null.</summary>
    /// <exception cref="CheckpointException">The field holds something else.</exception>
    public ConfigObject? TryChild(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } element => new ConfigObject(FilePath, $"{_path}{name}.", element),
        { } element => throw FaultOf(name, "an object", element),
    };

    /// <summary>The object in a field.</summary>
    /// <exception cref="CheckpointException">The field is missing or holds something else.</exception>
    public ConfigObject Child(string name) => TryChild(name) ?? throw FaultOf(name, "an object", null);

    /// <summary>A whole number.</summary>
    /// <param name="name">The field.</param>
    /// <param name="least">Smallest legal value.</param>
    /// <param name="most">Largest legal value.</param>
    /// <param name="missing">Taken when the field is missing or null; null makes the field required.</param>
    /// <exception cref="CheckpointException">The field is missing, of another kind or outside its range.</exception>
    public int WholeNumber(string name, int least, int most, int? missing = null)
    {
        var element = Find(name);
        if (element is null && missing is { } value)
        {
            return value;
        }

        return element is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var found) && found >= least && found <= most
            ? found
            : throw FaultOf(name, $"a whole number from {least} to {most}", element);
    }

    /// <summary>A number.</summary>
    /// <param name="name">The field.</param>
    /// <param name="least">Smallest legal value.</param>
    /// <param name="most">Largest legal value.</param>
    /// <param name="missing">Taken when the field is missing or null; null makes the field required.</param>
    /// <exception cref="CheckpointException">The field is missing, of another kind or outside its range.</exception>
    public double Number(string name, double least, double most, double? missing = null)
    {
        var element = Find(name);
        if (element is null && missing is { } value)
        {
            return value;
        }

        return element is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var found) && found >= least && found <= most
            ? found
            : throw FaultOf(name, $"a number from {least} to {most}", element);
    }

    /// <summary>True or false.</summary>
    /// <param name="name">The field.</param>
    /// <param name="missing">Taken when the field is missing or null.</param>
    /// <exception cref="CheckpointException">The field holds something else.</exception>
    public bool Flag(string name, bool missing) => Find(name) switch
    {
        null => missing,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } element => throw FaultOf(name, "true or false", element),
    };

    /// <summary>A string; null if the field is missing or null.</summary>
    /// <exception cref="CheckpointException">The field holds something else.</exception>
    public string? TryText(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } element => Decode(name, element),
        { } element => throw FaultOf(name, "a string", element),
    };

    /// <summary>Whole numbers in an array.</summary>
    /// <param name="name">The field.</param>
    /// <param name="least">Smallest legal value.</param>
    /// <param name="most">Largest legal value.</param>
    /// <param name="maxCount">Longest legal array.</param>
    /// <exception cref="CheckpointException">The field is missing, of another kind or outside its range.</exception>
    public IReadOnlyList<int> WholeNumbers(string name, int least, int most, int maxCount)
    {
        var expected = $"1 to {maxCount} whole numbers from {least} to {most}";
        if (Find(name) is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() is 0 || array.GetArrayLength() > maxCount)
        {
            throw FaultOf(name, expected, Find(name));
        }

        var values = new List<int>();
        foreach (var element in array.EnumerateArray())
        {
            values.Add(element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var value) && value >= least && value <= most
                ? value
                : throw FaultOf(name, expected, array));
        }

        return values;
    }

    /// <summary>Checks that a field, if it is there, has the only value this implementation computes.</summary>
    /// <param name="name">The field.</param>
    /// <param name="only">That value as JSON, for example <c>"silu"</c> or <c>false</c>.</param>
    /// <exception cref="CheckpointException">It has another value.</exception>
    public void RequireIfPresent(string name, string only)
    {
        if (Find(name) is { } element && element.GetRawText() != only)
        {
            throw FaultOf(name, only, element);
        }
    }

    /// <summary>A fault of one field, ready to throw.</summary>
    /// <param name="name">The field.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="found">What it is.</param>
    public CheckpointException Fault(string name, string expected, string found) => new(FilePath, _path + name, expected, found);

    private CheckpointException FaultOf(string name, string expected, JsonElement? found)
    {
        var text = found?.GetRawText() ?? "nothing";
        return Fault(name, expected, text.Length > 80 ? text[..80] + "…" : text);
    }

    private string Decode(string name, JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An unpaired surrogate escape.
            throw FaultOf(name, "a string of valid Unicode", element);
        }
    }

    private JsonElement? Find(string name)
    {
        try
        {
            return _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
        }
        catch (InvalidOperationException)
        {
            throw Fault(name, "field names of valid Unicode beside it", "an unpaired surrogate escape");
        }
    }
}
