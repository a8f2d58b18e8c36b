using System.Text.Json;

namespace CsmAgent.Tensors.Safetensors;

/// <summary>A model's stored tensors, in one safetensors file or in shards listed by an index file.</summary>
public sealed class Checkpoint : IDisposable
{
    private readonly Dictionary<string, SafetensorsFile> _home;
    private readonly List<SafetensorsFile> _files;

    private Checkpoint(string path, List<SafetensorsFile> files, Dictionary<string, SafetensorsFile> home) =>
        (FilePath, _files, _home) = (path, files, home);

    /// <summary>The path that was opened.</summary>
    public string FilePath { get; }

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _home.Keys;

    /// <summary>The files behind it: one, or one per shard.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Opens a <c>.safetensors</c> file, or a <c>.safetensors.index.json</c> with its shards beside it.</summary>
    /// <exception cref="CheckpointException">A file is malformed, or index and shards contradict each other.</exception>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    public static Checkpoint Open(string path)
    {
        var shards = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ReadIndex(path, File.ReadAllBytes(path)) : null;
        var files = new List<SafetensorsFile>();
        try
        {
            if (shards is null)
            {
                files.Add(SafetensorsFile.Open(path));
                return new Checkpoint(path, files, files[0].Tensors.Keys.ToDictionary(name => name, _ => files[0], StringComparer.Ordinal));
            }

            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var home = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
            foreach (var shard in shards.GroupBy(entry => entry.Value, entry => entry.Key, StringComparer.Ordinal))
            {
                var file = SafetensorsFile.Open(Path.Combine(folder, shard.Key));
                files.Add(file);
                foreach (var name in shard)
                {
                    _ = file.Info(name);
                    home.Add(name, file);
                }

                if (file.Tensors.Keys.FirstOrDefault(name => !home.ContainsKey(name)) is { } unlisted)
                {
                    throw new CheckpointException(file.FilePath, unlisted, $"only tensors that {path} lists here", "this one");
                }
            }

            return new Checkpoint(path, files, home);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>True if a tensor of this name is stored.</summary>
    public bool Contains(string name) => _home.ContainsKey(name);

    /// <summary>What is stored under a name.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public TensorInfo Info(string name) => FileOf(name).Info(name);

    /// <summary>The file that holds a tensor; its spans need no copy.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public SafetensorsFile FileOf(string name) =>
        _home.TryGetValue(name, out var file)
            ? file
            : throw new CheckpointException(FilePath, name, "this tensor", $"{_home.Count} others");

    /// <summary>A tensor's elements as stored, row-major.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or its dtype is not <typeparamref name="T"/>.</exception>
    public ReadOnlySpan<T> Span<T>(string name)
        where T : unmanaged => FileOf(name).Span<T>(name);

    /// <summary>Checks that the stored names and shapes are exactly the wanted ones; lists every difference (the first twelve) at once.</summary>
    /// <param name="shapes">Wanted shape by name.</param>
    /// <param name="ignore">Stored names that may be there in addition.</param>
    /// <exception cref="CheckpointException">Something is missing, has another shape, or is unknown.</exception>
    public void RequireExactly(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, Func<string, bool>? ignore = null)
    {
        var faults = new List<string>();
        foreach (var (name, shape) in shapes)
        {
            if (!Contains(name))
            {
                faults.Add($"'{name}' [{string.Join(", ", shape)}] is missing");
            }
            else if (!Info(name).Shape.SequenceEqual(shape))
            {
                faults.Add($"'{name}' should be [{string.Join(", ", shape)}] and is {Info(name).Description}");
            }
        }

        faults.AddRange(Names.Where(name => !shapes.ContainsKey(name) && ignore?.Invoke(name) != true).Select(name => $"'{name}' is unknown"));
        if (faults.Count > 0)
        {
            var rest = faults.Count > 12 ? $"; and {faults.Count - 12} more" : string.Empty;
            throw new CheckpointException(
                FilePath, null, $"the {shapes.Count} tensors its configuration asks for", string.Join("; ", faults.Take(12)) + rest,
                "Weights and configuration must come from the same model.");
        }
    }

    /// <summary>Checks that tensors hold floating-point numbers.</summary>
    /// <param name="names">Stored names.</param>
    /// <exception cref="CheckpointException">One holds something else.</exception>
    public void RequireFloats(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (Info(name) is { DType: not (TensorDType.F32 or TensorDType.BF16 or TensorDType.F16) } info)
            {
                throw new CheckpointException(FileOf(name).FilePath, name, "F32, BF16 or F16 elements", info.Description);
            }
        }
    }

    /// <summary>Unmaps all files.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    /// <summary>Shard by tensor name, as an index file lists them.</summary>
    internal static Dictionary<string, string> ReadIndex(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var index = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            var shards = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var entry in index.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                var shard = entry.Value.GetString()!;
                if (shard.Length == 0 || Path.GetFileName(shard) != shard || shard is "." or "..")
                {
                    throw new CheckpointException(path, entry.Name, "a file name beside the index", $"'{shard}'");
                }

                if (!shards.TryAdd(entry.Name, shard))
                {
                    throw new CheckpointException(path, entry.Name, "each name once", "it twice");
                }
            }

            return shards;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException or NullReferenceException)
        {
            throw new CheckpointException(path, "weight_map", "an object from tensor names to file names", exception.Message);
        }
    }
}
