using System.Text.Json;

namespace CsmAgent.Tensors.Safetensors;

/// <summary>
/// Parses and checks a safetensors header: a JSON object of tensors (dtype, shape, data_offsets) and optional
/// <c>__metadata__</c>. As in the published format, the tensors must cover the data exactly, without overlap or hole.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const int MaxRank = 16;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file, long dataStart) => (_file, _dataStart) = (file, dataStart);

    internal IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    internal IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Parses <paramref name="json"/>; the data starts at <paramref name="dataStart"/> and is <paramref name="dataBytes"/> long.</summary>
    internal static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long dataStart, long dataBytes)
    {
        var header = new SafetensorsHeader(file, dataStart);
        try
        {
            header.Read(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: the reader found invalid UTF-8 or an unpaired surrogate in a string.
            throw new CheckpointException(file, "header", "a JSON object", exception.Message);
        }

        header.CheckCoverage(dataBytes);
        return header;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new CheckpointException(_file, "header", "a JSON object", "another JSON value");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)))
            {
                throw new CheckpointException(_file, name, "each name once", "it twice");
            }
        }

        // Trailing spaces are padding; anything else makes the reader throw.
        while (reader.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        Require(ref reader, JsonTokenType.StartObject, "__metadata__", "an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            Require(ref reader, JsonTokenType.String, "__metadata__", "an object of strings");
            _metadata[key] = reader.GetString()!;
        }
    }

    private TensorInfo ReadTensor(ref Utf8JsonReader reader, string name)
    {
        TensorDType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        reader.Read();
        Require(ref reader, JsonTokenType.StartObject, name, "an object with dtype, shape and data_offsets");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype":
                    type = ReadType(ref reader, name);
                    break;
                case "shape":
                    shape = ReadIntegers(ref reader, name, field, MaxRank);
                    break;
                case "data_offsets":
                    offsets = ReadIntegers(ref reader, name, field, 2);
                    break;
                default:
                    throw new CheckpointException(_file, name, "only dtype, shape and data_offsets", $"the field '{field}'");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw new CheckpointException(_file, name, "dtype, shape and two data_offsets", "at least one of them missing");
        }

        return Locate(name, type.Value, shape, begin, end);
    }

    private TensorInfo Locate(string name, TensorDType type, List<long> shape, long begin, long end)
    {
        Int128 bytes = type.ByteCount();
        foreach (var size in shape)
        {
            bytes = Int128.Min(bytes * size, long.MaxValue);
        }

        return bytes == (Int128)end - begin
            ? new TensorInfo(name, type, shape, _dataStart + begin, end - begin)
            : throw new CheckpointException(_file, name, $"{bytes} bytes for {TensorInfo.Describe(type, shape)}", $"data_offsets [{begin}, {end}]");
    }

    private TensorDType ReadType(ref Utf8JsonReader reader, string name)
    {
        Require(ref reader, JsonTokenType.String, name, "dtype as a string");
        var text = reader.GetString()!;
        return TensorDTypes.TryParse(text, out var type)
            ? type
            : throw new CheckpointException(
                _file, name, $"a dtype of {string.Join(", ", Enum.GetValues<TensorDType>().Select(known => known.FileName()))}", $"'{text}'");
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        Require(ref reader, JsonTokenType.StartArray, name, $"{field} as an array");
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0 || values.Count == most)
            {
                throw new CheckpointException(_file, name, $"{field} as at most {most} whole numbers of 0 or more", "something else");
            }

            values.Add(value);
        }

        return values;
    }

    private void Require(ref Utf8JsonReader reader, JsonTokenType type, string name, string expected)
    {
        if (reader.TokenType != type)
        {
            throw new CheckpointException(_file, name, expected, $"JSON {reader.TokenType}");
        }
    }

    private void CheckCoverage(long dataBytes)
    {
        var next = _dataStart;
        foreach (var tensor in _tensors.Values.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteCount))
        {
            if (tensor.Offset != next)
            {
                throw new CheckpointException(
                    _file, tensor.Name, $"its data to start at {next - _dataStart}, where the tensor before it ends", $"{tensor.Offset - _dataStart}");
            }

            next += tensor.ByteCount;
            if (next - _dataStart > dataBytes)
            {
                throw new CheckpointException(
                    _file, tensor.Name, $"data up to byte {next - _dataStart}", $"{dataBytes} bytes of data", "The file is cut short: fetch it again.");
            }
        }

        if (next - _dataStart != dataBytes)
        {
            throw new CheckpointException(_file, null, $"{next - _dataStart} bytes of data as the header says", $"{dataBytes}");
        }
    }
}
