using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Models.Parity;

/// <summary>The goldens of a folder; a missing or differently shaped one is named.</summary>
internal sealed class GoldenFile : IDisposable
{
    private readonly SafetensorsFile _file;

    internal GoldenFile(string path) => _file = SafetensorsFile.Open(path);

    internal IEnumerable<string> Names => _file.Tensors.Keys.Order(StringComparer.Ordinal);

    public void Dispose() => _file.Dispose();

    internal CheckpointException Fault(string name, string expected, string found) => new(_file.FilePath, name, expected, found);

    internal bool Has(string name) => _file.Tensors.ContainsKey(name);

    internal int Length(string name, int axis) =>
        _file.Info(name).Shape is { } shape && axis < shape.Count
            ? (int)shape[axis]
            : throw new CheckpointException(_file.FilePath, name, $"at least {axis + 1} axes", _file.Info(name).Description);

    /// <summary>Elements of a golden whose shape must be as given; −1 leaves a size open.</summary>
    internal T[] Read<T>(string name, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        var info = _file.Info(name);
        var same = info.Shape.Count == shape.Length;
        for (var axis = 0; same && axis < shape.Length; axis++)
        {
            same = shape[axis] < 0 || info.Shape[axis] == shape[axis];
        }

        return same
            ? _file.Span<T>(name).ToArray()
            : throw new CheckpointException(_file.FilePath, name, $"the shape [{string.Join(", ", shape.ToArray())}]", info.Description);
    }
}
