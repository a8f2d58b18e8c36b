using CsmAgent.Tensors.Native;
using CsmAgent.Tensors.Safetensors;
using static TorchSharp.torch;

namespace CsmAgent.Models.Mimi;

/// <summary>Reads and writes Mimi checkpoints: transformers' names and those of Kyutai's released file.</summary>
public static class MimiCheckpoint
{
    /// <summary>The file name beside <c>config.json</c>.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>Loads a folder with <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the weights should live; null is the CPU.</param>
    /// <param name="decoderType">Element type from the latent to sound; null is f32, which everything on the way to codes always is.</param>
    /// <exception cref="InvalidDataException">The configuration is not Mimi's.</exception>
    /// <exception cref="CheckpointException">The weights do not fit the configuration; every difference is named.</exception>
    public static MimiWeights Load(string folder, Device? device = null, ScalarType? decoderType = null)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(folder, FileName));
        var config = MimiConfig.Load(folder);
        return MimiWeights.Own(config, LoadTensors(checkpoint, config, "", device, decoderType));
    }

    /// <summary>Loads weights from an open checkpoint, whichever names it uses.</summary>
    /// <param name="checkpoint">The file; borrowed.</param>
    /// <param name="config">The codec's shape.</param>
    /// <param name="prefix">What every name begins with (<c>codec_model.</c> inside a CSM of transformers).</param>
    /// <param name="device">Where the weights should live; null is the CPU.</param>
    /// <returns>Weights in f32, owned by the caller.</returns>
    /// <exception cref="CheckpointException">Names or shapes do not fit the configuration; every difference is named.</exception>
    public static MimiWeights Load(Checkpoint checkpoint, MimiConfig config, string prefix = "", Device? device = null) =>
        MimiWeights.Own(config, LoadTensors(checkpoint, config, prefix, device));

    /// <summary>The tensors of a checkpoint under canonical names, in f32, q and k rows in rotate-half order.</summary>
    /// <param name="checkpoint">The file; borrowed.</param>
    /// <param name="config">The codec's shape.</param>
    /// <param name="prefix">What every name begins with.</param>
    /// <param name="device">Where the tensors should live; null is the CPU.</param>
    /// <param name="decoderType">Element type from the latent to sound; null is f32.</param>
    /// <returns>Parameters and codebooks; the caller owns each of them.</returns>
    /// <exception cref="CheckpointException">Names or shapes do not fit the configuration.</exception>
    public static Dictionary<string, Tensor> LoadTensors(
        Checkpoint checkpoint, MimiConfig config, string prefix = "", Device? device = null, ScalarType? decoderType = null)
    {
        TorchRuntime.EnsureLoaded();
        var moshi = checkpoint.Contains(prefix + "encoder.model.0.conv.conv.weight");
        var places = Wanted(config).Select(entry => Place.Of(entry.Name, entry.Shape, checkpoint, prefix, moshi ? config : null)).ToList();
        var stored = places.DistinctBy(place => place.StoredName)
            .ToDictionary(place => place.StoredName, place => (IReadOnlyList<long>)place.StoredShape);
        checkpoint.RequireExactly(stored, name => !name.StartsWith(prefix, StringComparison.Ordinal) || IsFlag(name));
        checkpoint.RequireFloats(stored.Keys);

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        return places.ToDictionary(place => place.Name, place =>
        {
            var stored = place.Read(checkpoint, config, device);
            return (decoderType is { } type && IsOfDecoder(place.Name) ? stored.to(type) : stored).DetachFromDisposeScope();
        });
    }

    /// <summary>Names and shapes a checkpoint of this configuration stores.</summary>
    /// <param name="config">The codec's shape.</param>
    /// <param name="moshi">True for the names of Kyutai's released file, false for transformers'.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Manifest(MimiConfig config, bool moshi) =>
        MimiTensorNames.Parameters(config).Concat(MimiTensorNames.Codebooks(config))
            .Select(entry => Place.Of(entry.Name, entry.Shape, null, "", moshi ? config : null))
            .DistinctBy(place => place.StoredName)
            .ToDictionary(place => place.StoredName, place => (IReadOnlyList<long>)place.StoredShape);

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c> under transformers' names.</summary>
    /// <param name="folder">Where; made if missing.</param>
    /// <param name="config">The codec's shape.</param>
    /// <param name="tensors">Parameters and codebooks under canonical names; borrowed.</param>
    /// <param name="metadata">Notes for the file's header; null for none.</param>
    /// <param name="type">Element type of the parameters; null leaves each as it is. The codebooks' sums stay as they are: small differences
    /// between entries are what they are for.</param>
    public static void Save(
        string folder, MimiConfig config, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        ScalarType? type = null)
    {
        Directory.CreateDirectory(folder);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var flag = ones(1);
        var stored = MimiTensorNames.Parameters(config)
            .Select(entry => StoredTensor.Of(entry.Name, type is { } wanted ? tensors[entry.Name].to(wanted) : tensors[entry.Name]))
            .Concat(MimiTensorNames.Codebooks(config).Select(entry => StoredTensor.Of(entry.Name, IsFlag(entry.Name) ? flag : tensors[entry.Name])))
            .ToList();
        SafetensorsWriter.Write(Path.Combine(folder, FileName), stored, metadata);
        config.Save(Path.Combine(folder, "config.json"));
    }

    /// <summary>The type that a checkpoint's parameters have, for what goes on from it to be stored alike: bfloat16 where any is, else float32.</summary>
    /// <param name="checkpoint">Borrowed.</param>
    public static ScalarType StoredType(Checkpoint checkpoint) =>
        checkpoint.Names.Any(name => checkpoint.Info(name).DType == TensorDType.BF16) ? ScalarType.BFloat16 : ScalarType.Float32;

    // The flag that a codebook was initialised says nothing after training; it may be there or not.
    private static bool IsFlag(string name) => name.EndsWith("initialized", StringComparison.Ordinal) || name.EndsWith(".inited", StringComparison.Ordinal);

    /// <summary>Whether a canonical tensor lies between the latent and sound.</summary>
    public static bool IsOfDecoder(string name) =>
        name.StartsWith("decoder", StringComparison.Ordinal) || name.StartsWith("upsample", StringComparison.Ordinal);

    private static IEnumerable<(string Name, long[] Shape)> Wanted(MimiConfig config) =>
        MimiTensorNames.Parameters(config).Concat(MimiTensorNames.Codebooks(config).Where(entry => !IsFlag(entry.Name)));

    /// <summary>Where a canonical tensor lies in a file.</summary>
    private sealed record Place(string Name, long[] Shape, string StoredName, long[] StoredShape, int? Packed, bool Interleaved)
    {
        public static Place Of(string name, long[] shape, Checkpoint? checkpoint, string prefix, MimiConfig? moshi)
        {
            if (moshi is null)
            {
                return new(name, shape, prefix + name, shape, null, false);
            }

            var (names, packed) = MimiMoshiNames.Spellings(name, moshi);
            var found = Array.Find(names, spelling => checkpoint?.Contains(prefix + spelling) == true) ?? names[0];
            return new(name, shape, prefix + found, packed is null ? shape : [shape[0] * 3, shape[1]], packed, packed is 0 or 1);
        }

        public Tensor Read(Checkpoint checkpoint, MimiConfig config, Device? device)
        {
            var whole = checkpoint.ToTensor(StoredName, ScalarType.Float32, device);
            if (Packed is not { } index)
            {
                return whole;
            }

            var rows = whole.narrow(0, index * Shape[0], Shape[0]);
            // Kyutai turns neighbours (2i, 2i + 1), transformers turns (i, i + d/2): move the rows, keep the numbers.
            return (Interleaved
                ? rows.view(config.Heads, config.HeadDimension / 2, 2, Shape[1]).transpose(1, 2).reshape(Shape)
                : rows).clone();
        }
    }
}
