using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Training.Speech;

/// <summary>One tensor of what was made from a corpus, in a file that knows what it was made from.</summary>
internal static class KeyedFile
{
    /// <summary>Opens the file; makes it where there is none.</summary>
    /// <typeparam name="T">Its elements.</typeparam>
    /// <param name="file">Where it lies.</param>
    /// <param name="key">What the tensor is made from.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="type">Its elements' type.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="make">Makes it, row-major.</param>
    /// <returns>Owned by the caller; the tensor has this type and shape.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or was made from something else.</exception>
    public static SafetensorsFile Open<T>(string file, string key, string name, TensorDType type, long[] shape, Func<T[]> make)
        where T : unmanaged
    {
        if (!File.Exists(file))
        {
            SafetensorsWriter.Write(file, [StoredTensor.Of<T>(name, type, shape, make())], new Dictionary<string, string> { ["key"] = key });
        }

        var stored = SafetensorsFile.Open(file);
        try
        {
            var found = stored.Metadata.GetValueOrDefault("key", "nothing");
            if (found != key)
            {
                throw new CheckpointException(file, "key", key, found, $"The {name} are of another codec, model or corpus: remove the file, and it is made again.");
            }

            var info = stored.Info(name);
            return info.DType == type && info.Shape.SequenceEqual(shape)
                ? stored
                : throw Damaged(stored, name, $"{type} [{string.Join(", ", shape)}]", info.Description);
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    /// <summary>Says that a tensor is not what it has to be.</summary>
    /// <param name="stored">The file; borrowed.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="found">What it is.</param>
    public static CheckpointException Damaged(SafetensorsFile stored, string name, string expected, string found) =>
        new(stored.FilePath, name, expected, found, "Remove the file, and it is made again.");
}
